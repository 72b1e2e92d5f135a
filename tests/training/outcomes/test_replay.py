"""The program `replay.py`: versions answer the orders of the days that they were not fitted to, and are scored."""

from __future__ import annotations

import datetime as dt
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from quantity.db.engine import connect
from quantity.features.definitions import HISTORY_COLUMNS, INPUTS
from quantity.model.row import DECLARED
from quantity.model_files import load_any_model
from quantity.registry import CHALLENGER, RECALIBRATED_UNTIL, client, download_version
from tests.support.models.registered_version import changed_model, make_champion, register
from tests.support.models.trained_model import ROWS, Result, copy_of, publish_generated, trained
from tests.support.oracles.outcomes_in_sql import KIND, STORE, written
from tests.support.outcomes.kernel_answers import features_as_of, kernel_answers
from tests.support.outcomes.random_log import write_log
from tests.support.publishing.published import dump
from tests.support.publishing.published_market import execute
from tests.support.settings import settings_for
from training import replay, score
from training.publish.current_tables import ensure_current_tables
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine

    from quantity.model.estimator import QuantityModel
    from quantity.model.row import Row
    from quantity.settings import Settings
    from tests.support.oracles.outcomes_in_sql import Sums

AS_OF = dt.date(2024, 12, 30)
OUTCOMES = ("prediction_outcomes", "store_outcomes", "scored_days")
IS_CHALLENGER = {CHALLENGER: "true"}


def days_ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


@pytest.fixture
def embedded(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Version 1, the champion, which has seen all orders."""
    return copy_of(trained(tmp_path_factory), tmp_path)


@pytest.fixture
def either(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, database_url: URL) -> Settings:
    """The same, the tables in a database of either kind."""
    settings = copy_of(trained(tmp_path_factory), tmp_path, database_url)
    if settings.mysql_host is not None:
        publish_generated(settings)
    return settings


@pytest.fixture
def aged(embedded: Settings) -> Settings:
    """Version 2, the champion, has not seen the orders of eight weeks."""
    make_champion(embedded, register(embedded, days_ago(56)))
    return embedded


@contextmanager
def tables_of(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def run(settings: Settings, capsys: pytest.CaptureFixture[str], *arguments: str) -> Result:
    """Run the program; what it printed, blanks folded."""
    code = replay.main(arguments, settings)
    captured = capsys.readouterr()
    return Result(code, " ".join(captured.out.split()), captured.err)


def outcomes_of(settings: Settings, number: str, source: str = "replayed") -> Sums:
    """The outcomes of a version by all keys but its number."""
    with tables_of(settings) as engine:
        found = written(engine, "prediction_outcomes", KIND, source)
    return {(key[0], *key[2:]): sums for key, sums in found.items() if key[1] == number}


def orders_by_day(settings: Settings, since: dt.date) -> dict[str, int]:
    """How many orders each day has, by plain SQL."""
    query = f"SELECT checkout_date, COUNT(*) FROM features WHERE checkout_date >= '{since}' GROUP BY checkout_date"
    with tables_of(settings) as engine, engine.connect() as connection:
        return {str(day): count for day, count in connection.exec_driver_sql(query)}


def replayed_orders(settings: Settings, number: str) -> dict[str, int]:
    """How many orders a version has answered of each day."""
    orders: dict[str, int] = {}
    for key, sums in outcomes_of(settings, number).items():
        orders[key[0]] = orders.get(key[0], 0) + int(sums["orders"])
    return orders


def dumped(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with tables_of(settings) as engine:
        return dump(engine, OUTCOMES)


def log_what_the_service_answers(settings: Settings, number: str, days: list[dt.date]) -> None:
    """Log the service's answers to the orders of some days, from what it knew on the evening before each."""
    raw = synthetic_tables(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        model = load_any_model(download_version(settings, number, Path(folder)))
    answers = []
    for day in days:
        lines = raw.order_items[raw.order_items["checkout_date"] == str(day)]
        pairs = lines[["store_id", "product_id"]].drop_duplicates()
        store_id, product_id = pairs["store_id"].to_numpy(), pairs["product_id"].to_numpy()
        answers += kernel_answers(model, features_as_of(raw, day), store_id, product_id, [day])
    with tables_of(settings) as engine:
        ensure_current_tables(engine)
        write_log(engine, [answer | {"model_version": number} for answer in answers])


def test_a_replay_finds_what_scoring_finds_where_the_service_was_asked_for_every_order(
    either: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    number = register(either, days_ago(56))
    make_champion(either, number)
    days = [days_ago(1), days_ago(5), days_ago(9)]
    log_what_the_service_answers(either, number, days)
    assert score.main([], either) == score.DONE
    assert run(either, capsys).code == replay.DONE
    with tables_of(either) as engine:
        for table, keys in (("prediction_outcomes", KIND), ("store_outcomes", STORE)):
            asked, replayed = (written(engine, table, keys, source) for source in ("asked", "replayed"))
            assert {key[0] for key in asked} == {str(day) for day in days}
            assert {key: sums for key, sums in replayed.items() if key[0] in {str(day) for day in days}} == asked
            assert len(replayed) > len(asked)


def test_champion_and_challengers_answer_the_days_that_they_were_not_fitted_to(
    aged: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    challenger = register(aged, days_ago(10), tags=IS_CHALLENGER)
    withdrawn = register(aged, days_ago(10), tags={CHALLENGER: "false"})
    untagged = register(aged, days_ago(10))
    result = run(aged, capsys, "--days", "20")
    assert (result.code, result.err) == (replay.DONE, "")
    expected = orders_by_day(aged, days_ago(20))
    late = {day: orders for day, orders in expected.items() if day >= str(days_ago(10))}
    assert 0 < len(late) < len(expected)
    assert replayed_orders(aged, "2") == expected
    assert replayed_orders(aged, challenger) == late
    same_model = outcomes_of(aged, "2")
    assert outcomes_of(aged, challenger) == {key: sums for key, sums in same_model.items() if key[0] in late}
    assert not any(replayed_orders(aged, number) for number in ("1", withdrawn, untagged))
    assert f"{sum(expected.values()) + sum(late.values()):,} answered orders" in result.out


def test_a_version_whose_range_was_learned_again_is_replayed_on_the_days_after(
    aged: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its range would cover the others by construction."""
    copy = register(aged, days_ago(56), tags=IS_CHALLENGER | {RECALIBRATED_UNTIL: str(days_ago(8))})
    assert run(aged, capsys).code == replay.DONE
    assert replayed_orders(aged, copy) == orders_by_day(aged, days_ago(7))


def test_orders_are_replayed_the_same_in_chunks_of_any_size(
    aged: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    register(aged, days_ago(3), tags=IS_CHALLENGER)
    assert run(aged, capsys, "--days", "7").code == replay.DONE
    whole = dumped(aged)
    with tables_of(aged) as engine:
        execute(engine, *(f"DELETE FROM {name}" for name in OUTCOMES))
    monkeypatch.setattr("training.outcomes.replaying.CHUNK_ORDERS", 1)
    assert run(aged, capsys, "--days", "7").code == replay.DONE
    for name in OUTCOMES[:2]:
        assert dumped(aged)[name] == whole[name]


def test_a_second_run_changes_nothing(aged: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    run(aged, capsys)
    before = dumped(aged)
    result = run(aged, capsys)
    assert result.code == replay.DONE
    assert (
        "nothing is new: the last 35 days before 2024-12-30 hold no order that version 2 was not fitted" in result.out
    )
    assert dumped(aged) == before


def test_orders_that_are_corrected_or_deleted_are_replayed_again(
    aged: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run(aged, capsys)
    before = outcomes_of(aged, "2")
    gone, corrected = sorted(replayed_orders(aged, "2"))[-2:]
    with tables_of(aged) as engine:
        execute(
            engine,
            f"DELETE FROM features WHERE checkout_date = '{gone}'",
            f"UPDATE features SET quantity = quantity * 3 WHERE checkout_date = '{corrected}'",
        )
    assert f"replayed 2 days ({gone} to {corrected})" in run(aged, capsys).out
    after = outcomes_of(aged, "2")
    assert {key: sums for key, sums in after.items() if key[0] < gone} == {
        key: sums for key, sums in before.items() if key[0] < gone
    }
    assert not [key for key in after if key[0] == gone]
    of_day = {key: sums for key, sums in before.items() if key[0] == corrected}
    assert {key: after[key]["sum_quantity"] for key in of_day} == {
        key: 3 * sums["sum_quantity"] for key, sums in of_day.items()
    }


def test_a_version_that_cannot_be_loaded_is_told_and_the_others_are_replayed(
    aged: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    lost = register(aged, days_ago(56), source=tmp_path / "nowhere", tags=IS_CHALLENGER)
    undated = register(aged, None, tags=IS_CHALLENGER)
    result = run(aged, capsys)
    assert result.code == replay.DONE
    assert replayed_orders(aged, "2") == orders_by_day(aged, days_ago(35))
    assert not replayed_orders(aged, lost)
    told = sorted(result.err.splitlines())
    assert told[0].startswith(f"replay: version {lost} of quantity is not replayed: it cannot be loaded: ")
    assert told[1:] == [
        f"replay: version {undated} of quantity is not replayed: its run does not say up to when it was trained"
    ]


def test_a_version_that_cannot_answer_is_told_and_the_others_are_replayed(
    aged: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def without_trees(model: QuantityModel) -> None:
        model.ensembles_ = {}

    files = changed_model(aged, tmp_path / "changed", without_trees)
    broken = register(aged, days_ago(56), source=files, tags=IS_CHALLENGER)
    result = run(aged, capsys)
    assert result.code == replay.DONE
    assert result.err.startswith(f"replay: version {broken} of quantity is not replayed: it cannot answer: ")
    assert replayed_orders(aged, "2") == orders_by_day(aged, days_ago(35))
    assert not replayed_orders(aged, broken)


def test_where_no_version_can_be_replayed_the_data_are_wrong(
    embedded: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    make_champion(embedded, register(embedded, None))
    result = run(embedded, capsys)
    assert (result.code, result.out) == (replay.NOTHING_TO_REPLAY, "")
    assert result.err.count("\n") == 1


def of_row(settings: Settings, folder: Path, row: Row) -> str:
    """Register version 1's model as a program of another list of features would have fitted it."""

    def change(model: QuantityModel) -> None:
        moved = [row.names.index(name) for name in DECLARED.names]
        for trees in model.ensembles_.values():
            trees.columns_ = np.array([moved[column] for column in trees.columns_])
        model.row_ = row.record

    return register(settings, days_ago(56), source=changed_model(settings, folder, change), tags=IS_CHALLENGER)


def test_versions_of_another_list_of_features_are_replayed_where_their_columns_are_there(
    aged: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stored = next(column.name for column in HISTORY_COLUMNS if column.name not in INPUTS)
    other, lacking = (
        of_row(aged, tmp_path / name, replace(DECLARED, numeric=(name, *DECLARED.numeric)))
        for name in (stored, "price_cents")
    )
    result = run(aged, capsys)
    assert result.code == replay.DONE
    assert outcomes_of(aged, other) == outcomes_of(aged, "2")
    assert result.err == (
        f"replay: version {lacking} of quantity is not replayed: it reads columns that the features do not have: "
        "price_cents\n"
    )


def test_before_there_is_a_champion_nothing_is_replayed_and_nothing_is_wrong(
    embedded: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    client(embedded).delete_registered_model_alias(embedded.model_name, embedded.model_alias)
    said = "no version of quantity is champion or challenger: nothing to replay yet"
    result = run(embedded, capsys)
    assert (result.code, result.err) == (replay.DONE, "")
    assert result.out.endswith(said)


def test_without_a_published_snapshot_there_is_nothing_to_replay(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run(settings_for(tmp_path), capsys)
    assert result.code == replay.NOTHING_TO_REPLAY
    assert result.err == "replay: no features are published yet: run preprocess.py first\n"


def test_servers_that_are_down_are_told_in_a_line(embedded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for down, told in (
        ({"mlflow_tracking_uri": "http://127.0.0.1:1"}, "replay: MLflow http://127.0.0.1:1: "),
        ({"mysql_host": "127.0.0.1", "mysql_port": 1}, "replay: database "),
    ):
        result = run(embedded.model_copy(update=down), capsys)
        assert result.code == replay.SERVER_FAILED
        assert result.err.startswith(told)
        assert result.err.count("\n") == 1


@pytest.mark.parametrize("days", ["0", "-1", "many", "36501"])
def test_days_that_are_no_number_of_days_are_refused(
    embedded: Settings, capsys: pytest.CaptureFixture[str], days: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        replay.main([f"--days={days}"], embedded)
    assert ended.value.code == 2
    assert "is not a whole number from 1 to 36500" in capsys.readouterr().err
