"""The statements of the panels, run by a real MySQL server as the user who may only read."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from local_servers.mysql_server import READER, READER_PASSWORD
from quantity.db.engine import connect
from quantity.db.monitoring_tables import ASKED, REPLAYED, SUMS
from quantity.outcomes import LiveMetrics, added, live_metrics
from tests.support.grafana.made_up_outcomes import CATEGORIES, DAYS, FEATURES, STORES, VERSIONS, write_outcomes
from tests.support.grafana.panel_statements import SESSION, PanelStatement, rows_of, sql_statements
from training.publish.control_tables import upgrade_control_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from local_servers.mysql_server import MysqlServer

DASHBOARD = Path(__file__).parents[2] / "grafana" / "dashboards" / "quantity_outcomes.json"
HISTORIC = dt.date(2018, 1, 12)


class Market:
    """A database with outcomes up to a day, and a reader of it."""

    def __init__(self, outcomes: pd.DataFrame, connection: Connection) -> None:
        self.outcomes, self.connection = outcomes, connection

    def statements(self, **chosen: str) -> list[PanelStatement]:
        return sql_statements(DASHBOARD, self.connection, chosen)

    def rows(self, title: str, number: int = 0, **chosen: str) -> pd.DataFrame:
        """What a panel shows."""
        found = [each.statement for each in self.statements(**chosen) if each.panel_title == title]
        return rows_of(self.connection, found[number])

    def metrics(self, source: str, days: pd.Timedelta, until: dt.date, **equal: object) -> LiveMetrics:
        """The same by the service's own formulas."""
        rows = self.outcomes[self.outcomes["source"] == source]
        ago = pd.to_datetime(until) - pd.to_datetime(rows["day"])
        rows = rows[(ago >= pd.Timedelta(0)) & (ago < days)]
        for column, value in equal.items():
            rows = rows[rows[column] == value]
        return live_metrics(added([dict(zip(SUMS, row, strict=True)) for row in rows[list(SUMS)].to_numpy()]))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    reader = connect(engine.url.set(username=READER, password=READER_PASSWORD))
    with reader.connect() as connection:
        connection.exec_driver_sql(SESSION)
        yield connection
    reader.dispose()


@pytest.fixture(scope="module")
def market(mysql_server: MysqlServer) -> Iterator[Market]:
    """Outcomes of days that are years ago, as the demonstration's are."""
    with mysql_server.database() as url:
        engine = connect(url)
        upgrade_control_tables(engine)
        outcomes = write_outcomes(engine, HISTORIC)
        with reading(engine) as connection:
            yield Market(outcomes, connection)
        engine.dispose()


def days(count: int) -> pd.Timedelta:
    return pd.Timedelta(days=count)


def test_every_statement_returns_rows_whichever_source_and_window_is_chosen(market: Market) -> None:
    for source in (REPLAYED, ASKED):
        for window in ("7", "28"):
            for statement in market.statements(source=source, days=window):
                rows = rows_of(market.connection, statement.statement)
                assert len(rows), (source, window, statement)


def test_charts_get_series_by_name_in_the_order_of_time_within_the_range_shown(market: Market) -> None:
    now = pd.Timestamp.now()
    for statement in market.statements():
        if statement.shape == "time_series":
            rows = rows_of(market.connection, statement.statement)
            assert list(rows.columns) == ["time", "metric", "value"]
            assert rows["time"].is_monotonic_increasing
            assert not rows.duplicated(["time", "metric"]).any()
            assert rows["time"].between(now - days(91), now).any(), statement
            assert rows["time"].max() <= now


@pytest.mark.parametrize("window", [1, 7, 28])
def test_the_rolling_score_is_that_of_the_live_metrics(market: Market, window: int) -> None:
    title = {1: "Score by day", 7: "Score of 7 days", 28: "Score of 28 days, live and promised"}[window]
    rows = market.rows(title, shift="0", days="28")
    assert rows.empty  # Years ago: nothing in the range that is shown.

    rows = market.rows(title)
    moved = rows["time"].max() - pd.Timestamp(HISTORIC)
    last = rows[rows["time"] >= rows["time"].max() - days(5)]
    assert set(last["metric"]) == {"version 3", "version 4"}
    for row in last.itertuples():
        expected = market.metrics(
            REPLAYED, days(window), row.time - moved, model_version=str(row.metric).removeprefix("version ")
        )
        assert row.value == pytest.approx(expected.score)


def test_the_best_baseline_is_that_of_all_versions_orders(market: Market) -> None:
    rows = market.rows("Score of 28 days, live and promised", number=1)
    assert set(rows["metric"]) == {"best baseline"}
    expected = market.metrics(REPLAYED, days(28), HISTORIC).best_baseline[1]
    assert rows["value"].iloc[-1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Bias of 28 days", "bias"),
        ("Coverage of 28 days", "coverage"),
        ("Hits of 28 days", "hit_rate"),
        ("Typical hits of 28 days", "typical_hit_rate"),
        ("Range width of 28 days", "range_width"),
    ],
)
def test_errors_are_those_of_the_live_metrics(market: Market, title: str, name: str) -> None:
    rows = market.rows(title, source=ASKED)
    expected = market.metrics(ASKED, days(28), HISTORIC)
    assert set(rows["metric"]) == {"version 4"}
    assert rows["value"].iloc[-1] == pytest.approx(getattr(expected, name))


def test_the_matched_share_is_of_what_was_asked_about_whatever_source_is_chosen(market: Market) -> None:
    asked, replayed = (market.rows("Matched share of 7 days", source=source) for source in (ASKED, REPLAYED))
    pd.testing.assert_frame_equal(asked, replayed)
    expected = market.metrics(ASKED, days(7), HISTORIC).matched_share
    assert asked["value"].iloc[-1] == pytest.approx(expected)
    assert expected < 1


def test_the_worst_categories_are_those_of_the_highest_score_in_the_window(market: Market) -> None:
    rows = market.rows("Worst categories", days="7")
    assert set(rows["Category"]) == {category or "unknown" for category in CATEGORIES}
    assert rows["Score"].is_monotonic_decreasing
    for _, row in rows.iterrows():
        category = "" if row["Category"] == "unknown" else row["Category"]
        assert_row(row, market.metrics(REPLAYED, days(7), HISTORIC, category=category))


def assert_row(row: pd.Series[Any], expected: LiveMetrics) -> None:
    """A table's row says what the live metrics do."""
    assert row["Orders"] == expected.orders
    assert row["Score"] == pytest.approx(expected.score)
    assert row["Best baseline"] == pytest.approx(expected.best_baseline[1])
    assert row["Bias"] == pytest.approx(expected.bias)
    assert row["Coverage"] == pytest.approx(expected.coverage)
    assert row["Hits"] == pytest.approx(expected.hit_rate)
    assert row["Typical hits"] == pytest.approx(expected.typical_hit_rate)


def test_history_lengths_are_in_their_own_order(market: Market) -> None:
    rows = market.rows("By history length")
    assert list(rows["History"]) == ["none", "thin", "rich"]
    for _, row in rows.iterrows():
        assert_row(row, market.metrics(REPLAYED, days(28), HISTORIC, history=row["History"]))


def test_stores_with_few_orders_are_not_among_the_worst(market: Market) -> None:
    in_28_days = market.rows("Worst stores")
    assert set(in_28_days["Store"]) == {str(store) for store in range(1, STORES + 1)}
    assert in_28_days["Orders"].min() >= 50
    one_version = market.rows("Worst stores", days="7", version="4")
    assert one_version["Orders"].min() >= 50
    assert len(one_version) < STORES


def test_only_chosen_versions_are_shown(market: Market) -> None:
    assert set(market.rows("Scored orders by day", version="3")["metric"]) == {"version 3"}
    assert set(market.rows("Scored orders by day", version="3|4")["metric"]) == {"version 3", "version 4"}
    assert market.rows("Scored orders by day", version="33").empty


def test_the_ten_most_drifted_features_are_shown(market: Market) -> None:
    for title in ("Drift of the pairs asked about", "Drift of all pairs"):
        rows = market.rows(title)
        assert set(rows["metric"]) == set(FEATURES[-10:])
        assert rows["value"].max() == pytest.approx(0.03 * (len(FEATURES) - 1))


def test_answers_computed_again_are_counted_by_what_explains_them(market: Market) -> None:
    rows = market.rows("Answers computed again")
    assert rows.groupby("metric")["value"].sum().to_dict() == {
        "same": 20 * 31,
        "explained by the horizon": 20 * 8,
        "differing": 20,
    }


def test_historic_days_end_yesterday_and_promotions_stand_at_their_own_time(market: Market) -> None:
    orders = market.rows("Scored orders by day")
    today = pd.Timestamp.now(tz="UTC").tz_localize(None).normalize()
    assert orders["time"].max() in (today - days(1), today - days(2))  # A midnight may have passed since.
    assert orders["time"].nunique() == DAYS
    marks = market.rows("Promotions", number=1)
    assert list(marks["text"]) == [
        "Version 3: the first version",
        "Version 4 in place of 3: score 0.412 is lower than 0.440 of version 3",
    ]


def test_days_of_now_are_not_moved(mysql_engine: Engine) -> None:
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    upgrade_control_tables(mysql_engine)
    outcomes = write_outcomes(mysql_engine, yesterday)
    with reading(mysql_engine) as connection:
        rows = Market(outcomes, connection).rows("Scored orders by day")
    assert rows["time"].max() == pd.Timestamp(yesterday)


def test_before_the_first_scoring_every_statement_runs_and_shows_nothing(mysql_engine: Engine) -> None:
    upgrade_control_tables(mysql_engine)
    with reading(mysql_engine) as connection:
        for statement in Market(pd.DataFrame(), connection).statements():
            assert rows_of(connection, statement.statement).empty, statement


def test_the_versions_to_choose_from_are_all_that_something_is_known_of(market: Market) -> None:
    variables = json.loads(DASHBOARD.read_text(encoding="utf-8"))["templating"]["list"]
    query = next(variable["query"] for variable in variables if variable["name"] == "version")
    found = [row[0] for row in market.connection.exec_driver_sql(query)]
    assert sorted(found) == sorted(set().union(*VERSIONS.values()))
