"""Order lines that were appended outlive rollbacks and unchanged files, and no load drops them unasked."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from tests.support.orders.csv_files import ORDERS, order_file, order_line, write
from tests.support.publishing.order_lines import origin, quantities
from tests.support.publishing.preprocess_runs import Result, assert_refused, engine_of, everything
from training import bootstrap, preprocess
from training.input_files.find import find_input_files
from training.publish.freshness import Freshness, Remedy, freshness
from training.publish.raw_origin import RawOrigin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quantity.settings import Settings

WAYS = pytest.mark.parametrize("options", [[], ["--raw-only"]])


@pytest.fixture
def third(tmp_path: Path) -> Path:
    """A file with a line of order 3."""
    write(tmp_path, {"third.csv": order_file(order_line(ORDER_ID="3", CHECKOUT_DATE="2022-11-07"))})
    return tmp_path / "third.csv"


def found(settings: Settings) -> Freshness:
    with engine_of(settings) as engine:
        return freshness(engine, find_input_files(settings.data_dir).paths, settings)


def change_the_files(settings: Settings) -> None:
    with (settings.data_dir / ORDERS).open("a") as file:
        file.write(order_line(ORDER_ID="9") + "\n")


@WAYS
def test_a_load_over_appended_lines_is_refused_and_says_what_to_do(
    run: Callable[..., Result], loaded: Settings, third: Path, options: list[str]
) -> None:
    assert run(loaded, "--append", third, *options).code == preprocess.DONE
    before = everything(loaded)
    assert_refused(run(loaded), loaded, before, "1 order line was added or changed", "--append FILE", "--source db")
    assert run(loaded, "--replace-appended").code == preprocess.DONE
    assert quantities(loaded) == {1: [12], 2: [6]}
    assert run(loaded).code == preprocess.DONE


def test_appended_lines_are_counted_over_runs_whatever_they_did(
    run: Callable[..., Result], loaded: Settings, third: Path, tmp_path: Path
) -> None:
    loaded_from = origin(loaded).source_digest
    assert loaded_from is not None
    run(loaded, "--append", third, "--raw-only")
    write(tmp_path, {"fixed.csv": order_file(order_line(ORDER_ID="1", CHECKOUT_DATE="2022-11-05", QUANTITY="1"))})
    run(loaded, "--append", tmp_path / "fixed.csv", third)
    assert origin(loaded) == RawOrigin(loaded_from, 2)
    run(loaded, "--append", third)
    run(loaded, "--source", "db")
    assert origin(loaded) == RawOrigin(loaded_from, 2)


def test_unchanged_files_are_not_loaded_again_after_an_append(
    run: Callable[..., Result], loaded: Settings, third: Path
) -> None:
    run(loaded, "--append", third)
    assert found(loaded).remedy is Remedy.NOTHING
    run(loaded, "--source", "db")
    assert found(loaded).remedy is Remedy.NOTHING


def test_lines_that_no_snapshot_knows_are_computed_with_from_the_tables(
    run: Callable[..., Result], loaded: Settings, third: Path
) -> None:
    run(loaded, "--append", third, "--raw-only")
    assert found(loaded) == Freshness(Remedy.RECOMPUTE, "order lines were taken in since snapshot 1")
    result = run(loaded, "--append", third)
    assert "0 order lines new, 1 already there" in result.out
    assert "published snapshot 2, as of 2022-11-08: 3 feature rows" in result.out
    assert found(loaded).remedy is Remedy.NOTHING


def test_bootstrap_says_that_changed_files_would_drop_appended_lines(
    run: Callable[..., Result], loaded: Settings, third: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(loaded, "--append", third)
    change_the_files(loaded)
    before = everything(loaded)
    capsys.readouterr()
    assert bootstrap.main(loaded) == bootstrap.UNUSABLE
    told = capsys.readouterr().err
    assert told.startswith("bootstrap: the files, or the settings of their reading, have changed, but 1 order line was")
    assert "--replace-appended" in told
    assert everything(loaded) == before
    assert not (loaded.local_dir / bootstrap.TRAINING_PENDING).exists()


@WAYS
def test_a_rollback_leaves_appended_lines_in_the_raw_tables(
    run: Callable[..., Result], loaded: Settings, third: Path, options: list[str]
) -> None:
    run(loaded, "--append", third, *options)
    run(loaded, "--source", "db")
    assert run(loaded, "--rollback").code == preprocess.DONE
    assert quantities(loaded)[3] == [12]
    assert found(loaded).remedy is Remedy.NOTHING
    assert run(loaded).code == preprocess.BAD_INPUT
    assert "3 feature rows" in run(loaded, "--source", "db").out


def test_todays_lines_that_were_appended_count_tomorrow_without_the_files(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = loaded.today()
    write(tmp_path, {"today.csv": order_file(order_line(ORDER_ID="3", CHECKOUT_DATE=str(today)))})
    assert "left out: 1 order line" in run(loaded, "--append", tmp_path / "today.csv").out
    assert found(loaded).remedy is Remedy.NOTHING
    tomorrow = today + dt.timedelta(days=1)
    monkeypatch.setattr(type(loaded), "today", lambda _: tomorrow)
    assert found(loaded) == Freshness(Remedy.RECOMPUTE, "order lines of a day that was not over are left out")
    assert "3 feature rows" in run(loaded, "--source", "db").out
    assert found(loaded).remedy is Remedy.NOTHING
