"""The program `score.py`: logged answers beside the orders that came, however often and late both come."""

from __future__ import annotations

import datetime as dt
import io
import threading
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import URL

from quantity.db.engine import connect
from tests.support.oracles.outcomes_in_sql import KIND, STORE, expected, written
from tests.support.outcomes.killed_score import killed_while_scoring
from tests.support.outcomes.random_log import AT, answer, random_answers, segment_id, write_log
from tests.support.publishing.published import dump
from tests.support.publishing.published_market import execute, market, publish_market
from tests.support.settings import settings_for
from training import score

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.settings import Settings

AS_OF = dt.date(2024, 12, 30)
DAYS = [AS_OF - dt.timedelta(days=back) for back in (4, 3, 2, 1)]
OF_THE_DAYS = f"checkout_date >= '{DAYS[0]}'"
OUTCOMES = ("prediction_outcomes", "store_outcomes", "scored_days")


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def of_module(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a database with the published market, once of each kind."""
    with ExitStack() as stack:
        server = request.getfixturevalue("mysql_server") if request.param == "mysql" else None
        database = stack.enter_context(server.database()) if server else None
        settings = settings_for(tmp_path_factory.mktemp("score"), database)
        with connected(settings) as engine:
            publish_market(engine)
            execute(engine, f"CREATE TABLE kept AS SELECT * FROM features WHERE {OF_THE_DAYS}")
        yield settings


@contextmanager
def connected(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def published(of_module: Settings) -> Iterator[Engine]:
    """The published market, with an empty log."""
    with connected(of_module) as engine:
        execute(engine, *(f"DELETE FROM {name}" for name in ("predictions", *OUTCOMES)))
        change_orders(engine, f"DELETE FROM features WHERE {OF_THE_DAYS}", "INSERT INTO features SELECT * FROM kept")
        yield engine


@pytest.fixture
def logged(published: Engine) -> Engine:
    """The same with a log of four days, and of the day that the snapshot does not know."""
    write_log(published, random_answers(recent_orders(), [*DAYS, AS_OF], seed=0))
    return published


def recent_orders() -> pd.DataFrame:
    orders = market().order_items
    return orders[orders["checkout_date"] >= str(DAYS[0])]


def run(settings: Settings) -> str:
    """Run the program; what it prints, blanks folded."""
    with redirect_stdout(io.StringIO()) as out:
        assert score.main([], settings) == score.DONE
    return " ".join(out.getvalue().split())


def assert_as_sql_says(engine: Engine) -> None:
    by_kind = expected(engine, KIND)
    assert by_kind
    assert any(sums["orders"] for sums in by_kind.values())
    assert any(sums["predicted"] > sums["orders"] for sums in by_kind.values())
    assert written(engine, "prediction_outcomes", KIND) == by_kind
    assert written(engine, "store_outcomes", STORE) == expected(engine, STORE)


def outcomes(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    return dump(engine, OUTCOMES)


def change_orders(engine: Engine, *statements: str) -> None:
    """Change the history as another snapshot would have it; the latest state counts as many orders."""
    pair = "f.store_id = latest_store_product.store_id AND f.product_id = latest_store_product.product_id"
    count = f"(SELECT COUNT(*) FROM features f WHERE {pair})"
    execute(engine, *statements, f"UPDATE latest_store_product SET cnt_store_product = {count}")


def test_the_sums_are_those_of_an_independent_query(logged: Engine, of_module: Settings) -> None:
    run(of_module)
    assert_as_sql_says(logged)
    assert {key[0] for key in written(logged, "prediction_outcomes", KIND)} == {str(day) for day in DAYS}


def test_a_day_is_scored_the_same_in_chunks_of_any_size(
    logged: Engine, of_module: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.outcomes.scoring.CHUNK_ANSWERS", 1)
    run(of_module)
    assert_as_sql_says(logged)


def test_a_second_run_changes_nothing(logged: Engine, of_module: Settings) -> None:
    run(of_module)
    before = outcomes(logged)
    assert "nothing is new: 4 days of logged answers stay as scored" in run(of_module)
    assert outcomes(logged) == before


def test_orders_that_come_late_are_taken_in(logged: Engine, of_module: Settings) -> None:
    change_orders(logged, f"DELETE FROM features WHERE {OF_THE_DAYS} AND (store_id + product_id) % 2 = 0")
    run(of_module)
    early = written(logged, "prediction_outcomes", KIND)
    kept = "SELECT * FROM kept WHERE (store_id + product_id) % 2 = 0"
    change_orders(logged, f"INSERT INTO features {kept}")
    run(of_module)
    assert written(logged, "prediction_outcomes", KIND) != early
    assert_as_sql_says(logged)


def test_orders_that_are_corrected_or_deleted_are_taken_in(logged: Engine, of_module: Settings) -> None:
    run(of_module)
    execute(logged, f"UPDATE features SET quantity = quantity * 3 WHERE {OF_THE_DAYS}")
    run(of_module)
    assert_as_sql_says(logged)
    change_orders(logged, f"DELETE FROM features WHERE {OF_THE_DAYS} AND product_id % 2 = 0")
    run(of_module)
    assert_as_sql_says(logged)


def test_orders_that_change_places_are_taken_in(published: Engine, of_module: Settings) -> None:
    """As many orders of as many cases as before."""
    of_day = f"checkout_date = '{DAYS[0]}'"
    with published.connect() as connection:
        query = f"SELECT store_id, product_id, quantity FROM features WHERE {of_day} ORDER BY quantity"
        orders = [tuple(row) for row in connection.exec_driver_sql(query)]
    right = [
        answer(store, product, DAYS[0], quantity=quantity, typical=quantity, low=quantity, high=quantity)
        for store, product, quantity in orders
    ]
    write_log(published, right)
    run(of_module)
    assert not any(sums["sum_abs_error"] for sums in written(published, "prediction_outcomes", KIND).values())

    (*small, fewest), (*large, most) = orders[0], orders[-1]
    assert fewest < most
    for (store, product), quantity in ((small, most), (large, fewest)):
        where = f"{of_day} AND store_id = {store} AND product_id = {product}"
        execute(published, f"UPDATE features SET quantity = {quantity} WHERE {where}")
    run(of_module)
    errors = [sums["sum_abs_error"] for sums in written(published, "prediction_outcomes", KIND).values()]
    assert sum(errors) == 2 * (most - fewest)


def test_where_all_orders_of_a_day_are_deleted_its_pairs_are_unmatched(logged: Engine, of_module: Settings) -> None:
    run(of_module)
    change_orders(logged, f"DELETE FROM features WHERE checkout_date = '{DAYS[-1]}'")
    run(of_module)
    of_day = [s for key, s in written(logged, "prediction_outcomes", KIND).items() if key[0] == str(DAYS[-1])]
    assert sum(sums["predicted"] for sums in of_day) > 0
    assert sum(sums["orders"] for sums in of_day) == 0
    assert_as_sql_says(logged)


def test_answers_that_are_shipped_late_are_taken_in(logged: Engine, of_module: Settings) -> None:
    run(of_module)
    write_log(logged, random_answers(recent_orders(), DAYS[:2], seed=1, count=300))
    assert "scored 2 days (2024-12-26 to 2024-12-27)" in run(of_module)
    assert_as_sql_says(logged)


def test_a_day_whose_answers_were_pruned_stays_as_it_was_scored(logged: Engine, of_module: Settings) -> None:
    run(of_module)
    before = outcomes(logged)
    execute(logged, f"DELETE FROM predictions WHERE checkout_date = '{DAYS[0]}' AND line >= 50")
    execute(logged, f"UPDATE features SET quantity = quantity * 2 WHERE {OF_THE_DAYS}")
    told = run(of_module)
    assert "not scored again, their answers being pruned from the log: 3 days of a version" in told
    of_day = {name: [row for row in rows if str(row[0]) == str(DAYS[0])] for name, rows in before.items()}
    after = {name: [row for row in rows if str(row[0]) == str(DAYS[0])] for name, rows in outcomes(logged).items()}
    assert after == of_day
    assert outcomes(logged) != before


def test_what_is_left_out_is_counted_and_told(published: Engine, of_module: Settings) -> None:
    one = market().order_items.iloc[-1]
    known = answer(int(one["store_id"]), int(one["product_id"]), DAYS[-1])
    unknown = known | dict.fromkeys(("product_id", "quantity", "typical", "low", "high"))
    hindsight = known | {"as_of_date": AS_OF}
    write_log(published, [known, unknown, hindsight, hindsight, *[known] * 3])
    told = run(of_module)
    assert "scored 1 day (2024-12-29): 1 answered pair, " in told
    assert (
        "left out: 1 answer to unknown stores or products, 2 answers that knew the order already, "
        "3 answers that a later one replaces"
    ) in told
    assert_answered_once(published)


def assert_answered_once(engine: Engine) -> None:
    (sums,) = written(engine, "store_outcomes", STORE).values()
    assert sums["predicted"] == 1


def test_the_last_answer_counts(published: Engine, of_module: Settings) -> None:
    one = market().order_items.iloc[-1]
    later = AT + dt.timedelta(seconds=1)
    pair = (int(one["store_id"]), int(one["product_id"]), DAYS[-1])
    answers = [
        answer(*pair, low=n, quantity=n, typical=n, high=n + n, predicted_at=at) for n, at in ((3, later), (7, AT))
    ]
    write_log(published, answers)
    run(of_module)
    (sums,) = written(published, "store_outcomes", STORE).values()
    assert sums["sum_range_width"] == 3 * sums["orders"]
    assert_as_sql_says_of_one(published)


def assert_as_sql_says_of_one(engine: Engine) -> None:
    assert written(engine, "store_outcomes", STORE) == expected(engine, STORE)


def test_pairs_are_split_by_whether_the_answer_was_shown(published: Engine, of_module: Settings) -> None:
    one = market().order_items.iloc[-1]
    pair = (int(one["store_id"]), int(one["product_id"]), DAYS[-1])
    write_log(published, [answer(*pair, shown=shown) for shown in (True, False)])
    run(of_module)
    found = written(published, "prediction_outcomes", KIND)
    assert sorted(key[2] for key in found) == ["0", "1"]
    assert {sums["predicted"] for sums in found.values()} == {1.0}


def test_a_day_of_unknown_pairs_alone_is_looked_at_once(published: Engine, of_module: Settings) -> None:
    unknown = dict.fromkeys(("quantity", "typical", "low", "high"))
    write_log(published, [answer(None, None, DAYS[0], **unknown)])
    assert "none of them counts" in run(of_module)
    assert "nothing is new" in run(of_module)


def test_old_answers_are_pruned_after_they_were_scored(published: Engine, of_module: Settings) -> None:
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=of_module.prediction_log_days + 1)
    one = market().order_items.iloc[-1]
    row = answer(int(one["store_id"]), int(one["product_id"]), DAYS[-1])
    write_log(published, [row])
    execute(published, f"UPDATE predictions SET segment_id = {int(old.timestamp() * 1000) << 20}")
    assert segment_id(0) > int(old.timestamp() * 1000) << 20
    assert "pruned 1 answer of more than 90 days ago" in run(of_module)
    assert_answered_once(published)
    assert not dump(published, ["predictions"])["predictions"]


def test_a_run_that_is_killed_leaves_whole_days_and_the_next_goes_on(logged: Engine, of_module: Settings) -> None:
    for statement in (1, 8):
        killed_while_scoring(of_module, statement)
        days = {str(row[0]) for row in outcomes(logged)["scored_days"]}
        whole = {key: sums for key, sums in expected(logged, KIND).items() if key[0] in days}
        assert written(logged, "prediction_outcomes", KIND) == whole
        assert {key[0] for key in written(logged, "store_outcomes", STORE)} == days
    run(of_module)
    assert_as_sql_says(logged)


def test_two_runs_at_once_do_no_harm(logged: Engine, of_module: Settings) -> None:
    codes: list[int] = []
    threads = [threading.Thread(target=lambda: codes.append(score.main([], of_module))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [score.DONE] * 2
    assert_as_sql_says(logged)


def test_without_a_published_snapshot_there_is_nothing_to_score_by(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert score.main([], settings) == score.NOTHING_TO_SCORE_BY
    assert capsys.readouterr().err == "score: no features are published yet: run preprocess.py first\n"


def test_without_logged_answers_nothing_is_done(published: Engine, of_module: Settings) -> None:
    assert "no answers are logged for days before 2024-12-30: nothing to score" in run(of_module)


def test_a_database_that_is_not_there_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = settings_for(tmp_path, URL.create("mysql", "nobody", "nothing", "127.0.0.1", 1, "none"))
    assert score.main([], gone) == score.DATABASE_FAILED
    assert capsys.readouterr().err.count("\n") == 1
