"""`preprocess.py --append`: what comes by the day is what comes at once, each line once, and nothing of a bad file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.orders.csv_files import ORDER_HEADER, ORDERS, order_file, order_line, write
from tests.support.publishing.order_lines import features, origin, quantities, raw_digest
from tests.support.publishing.preprocess_runs import Result, assert_refused, engine_of, everything, leftovers_of
from tests.support.settings import settings_for
from training import preprocess
from training.publish.lock import publish_lock
from training.sample_data import synthetic
from training.sample_data.csv_output import write_csv_files

if TYPE_CHECKING:
    from collections.abc import Callable

    from quantity.settings import Settings

CASES = Path(__file__).parents[2] / "cases"
BOTH_WAYS = pytest.mark.parametrize(
    ("database_url", "raw_only"), [("sqlite", False), ("sqlite", True), ("mysql", True)], indirect=["database_url"]
)
"""With features, which replaces the raw tables, and without, which changes them in one transaction."""

TOLD = "{} order lines new, {} already there, {} corrected"


def told(new: int = 0, there: int = 0, corrected: int = 0) -> str:
    return TOLD.format(new, there, corrected)


def put(folder: Path, *lines: str, name: str = "new.csv") -> Path:
    folder.mkdir(exist_ok=True)
    write(folder, {name: order_file(*lines)})
    return folder / name


@BOTH_WAYS
def test_days_that_are_appended_in_any_order_give_what_all_files_give_at_once(
    run: Callable[..., Result], database_settings: Settings, tmp_path: Path, *, raw_only: bool
) -> None:
    whole = settings_for(tmp_path / "whole")
    write_csv_files(synthetic.synthetic_tables(400, weeks=6), whole.data_dir)
    assert run(whole).code == preprocess.DONE
    header, *lines = (whole.data_dir / ORDERS).read_text().splitlines()
    lines.sort(key=lambda line: line.split(",")[-1])
    shutil.copytree(whole.data_dir, database_settings.data_dir)
    pieces = [lines[:250], lines[330:], lines[240:340]]
    for number, piece in enumerate(pieces):
        write(tmp_path, {f"{number}.csv": "\n".join([header, *piece]) + "\n"})
    shutil.copy(tmp_path / "0.csv", database_settings.data_dir / ORDERS)
    assert run(database_settings).code == preprocess.DONE

    options = ["--raw-only"] if raw_only else []
    result = run(database_settings, "--append", tmp_path / "1.csv", tmp_path / "2.csv", *options)

    assert (result.code, result.err) == (preprocess.DONE, "")
    assert f"1.csv: {told(70)}" in result.out
    assert f"2.csv: {told(80, 20)}" in result.out
    assert f"2 files: {told(150, 20)}" in result.out
    if raw_only:
        assert run(database_settings, "--source", "db").code == preprocess.DONE
    assert leftovers_of(database_settings) == []
    assert raw_digest(database_settings) == raw_digest(whole)
    assert features(database_settings) == features(whole)


def test_a_file_that_comes_again_publishes_nothing_and_says_so(run: Callable[..., Result], loaded: Settings) -> None:
    before = everything(loaded)
    result = run(loaded, "--append", loaded.data_dir / ORDERS)
    assert (result.code, result.err) == (preprocess.DONE, "")
    assert f"{ORDERS}: {told(there=2)}" in result.out
    assert "every order line is there already: nothing to publish" in result.out
    assert everything(loaded) == before


def test_a_correction_replaces_the_line_and_is_reported(
    run: Callable[..., Result], loaded_database: Settings, tmp_path: Path
) -> None:
    lines = [
        order_line(ORDER_ID="2", CHECKOUT_DATE="2022-11-06", QUANTITY="7"),
        order_line(ORDER_ID="1"),
        order_line(ORDER_ID="3", CHECKOUT_DATE="2022-11-07", QUANTITY="4"),
    ]
    report = tmp_path / "report.json"
    result = run(loaded_database, "--append", put(tmp_path, *lines), "--report", report)
    assert told(1, 1, 1) in result.out
    assert "published snapshot 2, as of 2022-11-08: 3 feature rows" in result.out
    assert quantities(loaded_database) == {1: [12], 2: [7], 3: [4]}
    found = json.loads(report.read_text())
    counts = {"new": 1, "already_there": 1, "corrected": 1, "cancelled": 0, "elsewhere": 0}
    assert found["order_lines"] == found["files"][0]["order_lines"] == counts
    assert found["files"][0]["reading"]["orders"]["read"] == 3


def test_two_lines_of_one_order_and_variant_are_summed_as_ever(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path
) -> None:
    twice = put(tmp_path, *[order_line(ORDER_ID="3", QUANTITY="5")] * 2, order_line(ORDER_ID="3", QUANTITY="1"))
    for _ in range(2):
        assert run(loaded, "--append", twice).code == preprocess.DONE
        assert quantities(loaded) == {1: [12], 2: [6], 3: [1, 5, 5]}


def test_formats_and_column_names_are_read_as_those_of_the_files(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path
) -> None:
    """The mapping lies in the data folder; a name in it that only other files have is no fault."""
    write(loaded.data_dir, {"columns.yaml": "QUANTITY: cases\nSTORE_SIZE: size of store\n"})
    text = order_file(order_line(ORDER_ID="3", CHECKOUT_DATE="07.11.2022")).replace("QUANTITY", "cases")
    (tmp_path / "export of monday.txt").write_bytes(text.replace(",", ";").encode("utf-16"))
    assert run(loaded, "--append", tmp_path / "export of monday.txt").code == preprocess.DONE
    assert quantities(loaded)[3] == [12]


@BOTH_WAYS
def test_stores_with_ids_of_text_get_numbers_and_keep_them(
    run: Callable[..., Result], loaded_database: Settings, tmp_path: Path, *, raw_only: bool
) -> None:
    texts = [put(tmp_path, order_line(ORDER_ID=f"{n}", STORE_ID=f"S-{n}"), name=f"{n}.csv") for n in (4, 3)]
    options = ["--raw-only"] if raw_only else []
    assert run(loaded_database, "--append", *texts, "--ids", "text", *options).code == preprocess.DONE
    again = run(loaded_database, "--append", texts[1], *options)
    assert f"3.csv: {told(there=1)}" in again.out
    keys = {text: number for number, text in everything(loaded_database)["store_key"]}
    assert keys == {"S-4": 2**30 + 1, "S-3": 2**30 + 2}
    assert quantities(loaded_database) == {1: [12], 2: [6], 3: [12], 4: [12]}


def test_text_among_stores_that_are_numbers_is_a_typing_error_however_small_the_file(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path
) -> None:
    result = run(loaded, "--append", put(tmp_path, order_line(ORDER_ID="3", STORE_ID="5S")))
    assert_refused(result, loaded, everything(loaded), "column STORE_ID", "line 2: '5S'", "--ids text")


@pytest.mark.parametrize("raw_only", [False, True])
def test_a_bad_file_leaves_the_database_as_it_was_and_names_its_lines(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path, *, raw_only: bool
) -> None:
    before = everything(loaded)
    good = put(tmp_path, order_line(ORDER_ID="3"), name="good.csv")
    bad = put(tmp_path, order_line(ORDER_ID="4", QUANTITY="-1"), order_line(QUANTITY="x"), name="bad.csv")
    options = ["--raw-only"] if raw_only else []
    result = run(loaded, "--append", good, bad, *options)
    assert_refused(result, loaded, before, f"The file {bad} cannot be used", "column QUANTITY", "line 2", "line 3: 'x'")


def test_a_file_that_is_not_there_is_told(run: Callable[..., Result], loaded: Settings, tmp_path: Path) -> None:
    result = run(loaded, "--append", tmp_path / "nowhere.csv")
    assert_refused(result, loaded, everything(loaded), "No such file or directory")


def test_there_must_be_something_to_append_to(
    run: Callable[..., Result], database_settings: Settings, tmp_path: Path
) -> None:
    result = run(database_settings, "--append", put(tmp_path, order_line()))
    assert result.code == preprocess.BAD_INPUT
    assert "nothing is published yet" in result.err
    assert "load the files first" in result.err


def test_a_day_without_orders_is_no_fault(run: Callable[..., Result], loaded: Settings, tmp_path: Path) -> None:
    write(tmp_path, {"sunday.csv": f"{ORDER_HEADER}\n"})
    result = run(loaded, "--append", tmp_path / "sunday.csv")
    assert (result.code, result.err) == (preprocess.DONE, "")
    assert "0 order lines read, all kept" in result.out
    assert f"sunday.csv: {told()}" in result.out


def test_a_cancelled_line_is_taken_away_where_returns_are_netted(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path
) -> None:
    cancelled = put(tmp_path, order_line(ORDER_ID="2", CHECKOUT_DATE="2022-11-06", QUANTITY="0"))
    before = everything(loaded)
    assert_refused(run(loaded, "--append", cancelled), loaded, before, "line 2: '0'", "--returns")
    assert told(there=0) in run(loaded, "--append", cancelled, "--returns", "drop").out
    assert everything(loaded) == before
    result = run(loaded, "--append", cancelled, "--returns", "net")
    assert f"{told()}, 1 taken away" in result.out
    assert quantities(loaded) == {1: [12]}
    assert origin(loaded).appended_lines == 1
    assert told(there=1) in run(loaded, "--append", cancelled, "--returns", "net").out


def test_an_order_that_is_wholly_returned_in_the_file_is_taken_away(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path
) -> None:
    lines = [
        order_line(ORDER_ID="2", CHECKOUT_DATE="2022-11-06", QUANTITY="6"),
        order_line(ORDER_ID="8", CHECKOUT_DATE="2022-11-07", QUANTITY="-6"),
    ]
    assert run(loaded, "--append", put(tmp_path, *lines), "--returns", "net").code == preprocess.DONE
    assert quantities(loaded) == {1: [12]}


def test_a_return_of_an_order_in_another_file_is_refused(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path
) -> None:
    """The tables hold what returns have left: the same return could not be told from a second one."""
    lines = [order_line(ORDER_ID="8", CHECKOUT_DATE="2022-11-07", QUANTITY="-6")]
    result = run(loaded, "--append", put(tmp_path, *lines), "--returns", "net")
    advice = "Load all files together, or give `--returns drop`"
    assert_refused(result, loaded, everything(loaded), "expected returns of orders that stand in the same file", advice)
    assert "line 2: -6" in result.err


def test_without_order_ids_a_file_tells_a_store_s_day_of_a_variant_whole(
    run: Callable[..., Result], loaded: Settings, tmp_path: Path
) -> None:
    write(tmp_path, {"columns.yaml": "ORDER_ID: null\n"})

    def day(store: str, quantity: str) -> Path:
        line = order_line(STORE_ID=store, QUANTITY=quantity, CHECKOUT_DATE="2022-11-07")
        return put(tmp_path, line, name=f"{store}-{quantity}.csv")

    assert run(loaded, "--append", day("55", "3"), day("56", "4"), day("55", "5")).code == preprocess.DONE
    assert quantities(loaded) == {0: [4, 5], 1: [12], 2: [6]}


def test_a_run_beside_another_changes_nothing(run: Callable[..., Result], loaded: Settings, tmp_path: Path) -> None:
    before = everything(loaded)
    with engine_of(loaded) as engine, publish_lock(engine, 0):
        result = run(loaded, "--append", put(tmp_path, order_line(ORDER_ID="3")))
    assert result.code == preprocess.BUSY
    assert everything(loaded) == before


@pytest.mark.parametrize(
    "arguments", [["--append", "x", "--source", "db"], ["--append", "x", "--incoming"], ["--raw-only"]]
)
def test_options_that_do_not_go_together_are_refused(
    run: Callable[..., Result], settings: Settings, arguments: list[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run(settings, *arguments)
