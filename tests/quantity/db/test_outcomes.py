"""What the loop's tables tell, on both databases."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from quantity.db.monitoring_tables import (
    ASKED,
    REPLAYED,
    SUMS,
    feature_drift,
    prediction_outcomes,
    prediction_skew,
    promotions,
    scored_days,
)
from quantity.db.outcomes import MOST_DRIFTED, WINDOW_DAYS, Outcomes, Skew, outcomes_state, read_outcomes
from tests.support.outcomes.table_rows import (
    LAST_DAY,
    SCORED_AT,
    drift_row,
    insert,
    outcome_rows,
    promotion_row,
    replace,
    scored_rows,
    skew_row,
)
from training.publish.control_tables import upgrade_control_tables

if TYPE_CHECKING:
    from sqlalchemy import Engine, Table

    from tests.support.outcomes.table_rows import Rows

DAY = dt.timedelta(days=1)
LATER = SCORED_AT + dt.timedelta(seconds=1)


@pytest.fixture
def tables(engine: Engine) -> Engine:
    """A database whose tables are there, and empty."""
    upgrade_control_tables(engine)
    return engine


def scored(engine: Engine, rows: Rows) -> None:
    insert(engine, prediction_outcomes, rows)
    insert(engine, scored_days, scored_rows(rows))


def read(engine: Engine) -> Outcomes:
    return read_outcomes(engine, "quantity", "champion")


def summed(rows: Rows, until: dict[str, dt.date]) -> dict[tuple[str, str, int], dict[str, float]]:
    """By source, version and length of the window, the sums as pandas adds them up."""
    frame = pd.DataFrame(rows)
    found = {}
    for source, last in until.items():
        for days in WINDOW_DAYS:
            chosen = frame[(frame.source == source) & (frame.day > last - days * DAY) & (frame.day <= last)]
            for version, sums in chosen.groupby("model_version")[list(SUMS)].sum().iterrows():
                found[source, str(version), days] = {str(name): float(value) for name, value in sums.items()}
    return found


def windows(outcomes: Outcomes) -> dict[tuple[str, str, int], dict[str, float]]:
    return {(each.source, each.model_version, each.days): each.sums for each in outcomes.windows}


def test_windows_are_the_sums_of_the_last_scored_days_of_their_source(tables: Engine) -> None:
    rows = outcome_rows(["1", "2"], 40)
    late = [row for row in rows if row["source"] == REPLAYED or row["day"] <= LAST_DAY - 3 * DAY]
    scored(tables, late)

    outcomes = read(tables)

    assert outcomes.scored_until == {ASKED: LAST_DAY - 3 * DAY, REPLAYED: LAST_DAY}
    assert outcomes.scored_at == SCORED_AT
    assert windows(outcomes) == summed(late, outcomes.scored_until)
    assert len(outcomes.windows) == 2 * 2 * len(WINDOW_DAYS)


def test_a_version_without_answers_in_a_window_is_left_out_of_it(tables: Engine) -> None:
    old = [row for row in outcome_rows(["1"], 20) if row["day"] <= LAST_DAY - 10 * DAY]
    scored(tables, old + outcome_rows(["2"], 20))

    found = windows(read(tables)).keys()

    assert found == {(source, "1", 28) for source in (ASKED, REPLAYED)} | {
        (source, "2", days) for source in (ASKED, REPLAYED) for days in WINDOW_DAYS
    }


def test_the_most_drifted_features_are_those_of_the_latest_comparison(tables: Engine) -> None:
    earlier = [drift_row(LAST_DAY - DAY, "latest", "old", 9.0)]
    of_another = [drift_row(LAST_DAY, "latest", "another", 8.0, compared_at=SCORED_AT - DAY, model_version="2")]
    latest = [drift_row(LAST_DAY, "latest", f"f{number:02}", number / 100) for number in range(15)]
    asked = [drift_row(LAST_DAY, "asked", "f00", 0.5), drift_row(LAST_DAY, "asked", "f01", 0.75)]
    insert(tables, feature_drift, earlier + of_another + latest + asked)

    found = read(tables).drift

    by_population = {
        population: [(each.feature, each.stability_index) for each in found if each.population == population]
        for population in ("asked", "latest")
    }
    assert by_population["asked"] == [("f01", 0.75), ("f00", 0.5)]
    assert by_population["latest"] == [(f"f{number:02}", number / 100) for number in range(14, 14 - MOST_DRIFTED, -1)]


def test_skew_is_that_of_the_last_28_compared_days(tables: Engine) -> None:
    days = [skew_row(LAST_DAY - back * DAY, compared=10 + back, differing=back % 3) for back in range(35)]
    insert(tables, prediction_skew, [*days, skew_row(LAST_DAY, 7, 7, model_version="2")])

    compared, differing = sum(10 + back for back in range(28)), sum(back % 3 for back in range(28))

    assert read(tables).skew == Skew(compared + 7, compared - differing, 0, differing + 7)


def test_promotions_are_the_latest_of_the_model_and_the_alias(tables: Engine) -> None:
    measured = {"improvement": 0.02, "improvement_low": 0.005, "improvement_high": 0.04, "level": 0.9, "orders": 900}
    rows = [promotion_row(number, str(number)) for number in range(1, 13)]
    rows[-1] |= measured | {"from_version": "11"}
    others = [promotion_row(20, "1", model_name="another"), promotion_row(21, "1", model_alias="canary")]
    insert(tables, promotions, rows + others)

    found = read(tables).promotions

    assert [each.to_version for each in found] == [str(number) for number in range(12, 2, -1)]
    assert {name: getattr(found[0], name) for name in measured} == measured
    assert (found[0].from_version, found[1].from_version, found[1].improvement) == ("11", None, None)
    assert found[0].promoted_at == SCORED_AT + 12 * DAY


def test_empty_tables_tell_nothing(tables: Engine) -> None:
    assert read(tables) == Outcomes()


def test_a_database_without_the_tables_has_no_state(engine: Engine) -> None:
    assert outcomes_state(engine) is None


@pytest.mark.parametrize("name", ["scored_days", "promotions", "feature_drift"])
def test_nor_has_one_that_lacks_some(tables: Engine, name: str) -> None:
    with tables.begin() as connection:
        connection.exec_driver_sql(f"DROP TABLE {name}")

    assert outcomes_state(tables) is None


CHANGES: dict[str, tuple[Table, Rows]] = {
    "a scored day": (scored_days, scored_rows(outcome_rows(["1"], 2))),
    "a day scored again": (scored_days, scored_rows(outcome_rows(["1"], 2), LATER)),
    "another count of answers": (scored_days, [row | {"answers": 51} for row in scored_rows(outcome_rows(["1"], 2))]),
    "a comparison": (feature_drift, [drift_row(LAST_DAY, "latest", "a", 0.1)]),
    "a comparison made again": (feature_drift, [drift_row(LAST_DAY, "latest", "a", 0.1, compared_at=LATER)]),
    "that of another day": (feature_drift, [drift_row(LAST_DAY + DAY, "latest", "a", 0.1, compared_at=LATER)]),
    "answers computed again": (prediction_skew, [skew_row(LAST_DAY, 10)]),
    "and once more": (prediction_skew, [skew_row(LAST_DAY, 10, compared_at=LATER)]),
    "a promotion": (promotions, [promotion_row(1, "1")]),
}


def test_the_state_changes_with_whatever_changes(tables: Engine) -> None:
    states = [outcomes_state(tables)]
    for table, rows in CHANGES.values():
        replace(tables, table, rows)
        states += [outcomes_state(tables), outcomes_state(tables)]

    assert states[1::2] == states[2::2]
    assert all(before != after for before, after in zip(states[::2], states[1::2], strict=False))
