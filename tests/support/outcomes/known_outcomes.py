"""Outcomes as the loader hands them over, made up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from api.loading.local_copy import copies_folder
from api.loading.monitoring_file import MonitoringFile
from quantity.db.monitoring_tables import ASKED, REPLAYED
from quantity.db.outcomes import WINDOW_DAYS, DriftedFeature, Outcomes, Promotion, Skew, Window
from quantity.outcomes import added
from tests.support.outcomes.table_rows import LAST_DAY, SCORED_AT, outcome_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.settings import Settings


def known_outcomes(versions: Sequence[str] = ("1",)) -> Outcomes:
    """Windows of both sources and lengths for each version, drift, skew, and two promotions of the first version."""
    return Outcomes(
        scored_at=SCORED_AT,
        scored_until={ASKED: LAST_DAY - dt.timedelta(days=1), REPLAYED: LAST_DAY},
        windows=tuple(
            Window(source, version, days, added(outcome_rows([version], days, seed=number)))
            for source in (ASKED, REPLAYED)
            for number, version in enumerate(versions)
            for days in WINDOW_DAYS
        ),
        drift=(DriftedFeature("asked", "days_since_last", 0.31), DriftedFeature("latest", "days_since_last", 0.12)),
        skew=Skew(compared=900, same=880, horizon=15, differing=5),
        promotions=(promotion(2, versions[0]), promotion(1, versions[0])),
    )


def promotion(number: int, to_version: str) -> Promotion:
    """One that beat the champion before it."""
    return Promotion(
        promotion_id=number,
        promoted_at=SCORED_AT + dt.timedelta(days=number),
        from_version="0",
        to_version=to_version,
        run_id=f"run-{to_version}",
        promoted_by="training",
        reason="score 0.40 beats the champion's",
        orders=900,
        improvement=0.02,
        improvement_low=0.005,
        improvement_high=0.04,
        level=0.9,
    )


def without_orders(outcomes: Outcomes) -> Outcomes:
    """The same where pairs were asked, and none of them was ordered."""
    windows = [replace(w, sums=dict.fromkeys(w.sums, 0.0) | {"predicted": 7.0}) for w in outcomes.windows]
    return replace(outcomes, windows=tuple(windows))


def hand_over(settings: Settings, outcomes: Outcomes) -> None:
    """Write the file as the loader of a service with these settings does."""
    MonitoringFile(copies_folder(settings)).write(outcomes)
