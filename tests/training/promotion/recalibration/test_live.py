"""Live coverage: a version's last 28 scored days, replayed before asked, and only with enough orders."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from quantity.db.monitoring_tables import ASKED, REPLAYED
from tests.support.outcomes.scored_version import LAST, score
from training.promotion.recalibration.live import FEWEST_SCORED, LIVE_DAYS, LiveCoverage, live_coverage

if TYPE_CHECKING:
    from sqlalchemy import Engine


def test_the_last_scored_days_of_the_version_count(engine: Engine) -> None:
    score(engine, 600, 300)
    score(engine, 200, 100, category="Drinks")
    score(engine, 200, 110, days_ago=LIVE_DAYS - 1)
    score(engine, 5_000, 5_000, days_ago=LIVE_DAYS)
    score(engine, 5_000, 5_000, version="2")
    score(engine, 5_000, 5_000, source=ASKED)
    assert live_coverage(engine, "1") == LiveCoverage(0.51, 1_000, LAST, REPLAYED)


def test_the_days_end_with_the_last_scored_one_of_the_source(engine: Engine) -> None:
    score(engine, 700, 560, days_ago=100, source=ASKED)
    score(engine, FEWEST_SCORED - 1, 0)
    assert live_coverage(engine, "1") == LiveCoverage(0.8, 700, LAST - dt.timedelta(days=100), ASKED)


def test_few_orders_tell_nothing(engine: Engine) -> None:
    score(engine, FEWEST_SCORED - 1, 0)
    assert live_coverage(engine, "1") is None
    assert live_coverage(engine, "2") is None


def test_before_anything_was_ever_scored_there_is_none(engine: Engine) -> None:
    assert live_coverage(engine, "1") is None


def test_a_coverage_of_70_to_90_percent_is_fine() -> None:
    fine = [coverage for coverage in (0.69, 0.70, 0.8, 0.90, 0.91) if LiveCoverage(coverage, 9, LAST, ASKED).is_fine]
    assert fine == [0.70, 0.8, 0.90]
