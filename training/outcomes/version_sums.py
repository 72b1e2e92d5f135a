"""The sums of a run, by version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity.db.monitoring_tables import SUMS
from quantity.outcomes import added, live_metrics

if TYPE_CHECKING:
    import pandas as pd

    from quantity.outcomes import LiveMetrics


class VersionSums:
    """Adds up the rows of outcomes of each version."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, float]] = {}

    def add(self, rows: pd.DataFrame) -> None:
        """Add rows with the columns ``model_version`` and `SUMS`."""
        for version, sums in rows.groupby("model_version")[list(SUMS)].sum().iterrows():
            number = str(version)
            self._sums[number] = added([self._sums.get(number, added([])), dict(sums)])

    def metrics(self) -> dict[str, LiveMetrics]:
        """The metrics of each version, the newest version first."""
        newest_first = sorted(self._sums, key=lambda number: (len(number), number), reverse=True)
        return {number: live_metrics(self._sums[number]) for number in newest_first}

    @property
    def answered(self) -> int:
        """How many pairs all versions answered."""
        return round(self._total["predicted"])

    @property
    def orders(self) -> int:
        """How many of them were ordered."""
        return round(self._total["orders"])

    @property
    def _total(self) -> dict[str, float]:
        return added(self._sums.values())
