"""The right answers: what each pair of a model version and a snapshot answers on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.api.apps import App
from tests.support.api.small_market import DAYS, EARLY_DAYS, body_of, model_in_memory, pairs, snapshot_in_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.settings import Settings

URL = "/quantity/predict"
BODIES: dict[str, dict[str, object]] = {
    "small": body_of(pairs().ordered[23:150:21], date="2024-06-01"),
    "with gaps": body_of(
        [*pairs().ordered[::9], *pairs().never_ordered[::9], (999, 101), (1, 9999)], date="2024-05-11"
    ),
    "large": body_of((pairs().ordered * 4)[:600], date="2024-06-02"),
}
"""The last one is answered in a thread; the first one is of few pairs, some of which the models answer differently."""

SNAPSHOT_DAYS = (DAYS, EARLY_DAYS)
SEEDS = {"good": 0, "other": 1}
"""The models that `LoggedModels` registers, and what makes them differ."""


class Answers:
    """What may be answered, whole, by the body's name, the model's version and the snapshot's as-of date.

    Args:
        settings: of the service.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._whole: dict[tuple[str, str, str], dict[str, Any]] = {}

    def add_version(self, version: str, kind: str) -> None:
        """Add the answers of a registered version, ``good`` or ``other``, with each snapshot."""
        model = model_in_memory(version, SEEDS[kind])
        for days in SNAPSHOT_DAYS:
            alone = App(self._settings, model, snapshot_in_memory(str(days), days))
            alone.look()
            for name, body in BODIES.items():
                answer = alone.client.post(URL, json=body).json()
                self._whole[name, version, answer["as_of"]] = answer

    def include(self, name: str, answer: dict[str, Any]) -> bool:
        """Whether this is, to the last field, what one version and one snapshot answer."""
        key = name, answer["model"]["version"], answer["as_of"]
        return self._whole.get(key) == answer

    def differ(self, versions: Sequence[str]) -> bool:
        """Whether no two pairs of these versions and a snapshot give the same predictions to any body."""
        told = [(name, tuple(a["predictions"])) for (name, version, _), a in self._whole.items() if version in versions]
        return len(set(told)) == len(told)
