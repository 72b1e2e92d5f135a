"""What `preprocess.py` publishes and prints."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import PARTS, POINTER, SNAPSHOT, WITH_RAW, replaced_tables
from tests.support.orders.csv_files import (
    GOOD,
    ORDERS,
    PRODUCTS,
    STORES,
    order_file,
    order_line,
    read,
    write,
)
from tests.support.publishing.preprocess_runs import Result, engine_of, everything, leftovers_of
from tests.support.publishing.published import without_previous
from tests.support.settings import settings_for
from training import preprocess
from training.sample_data.csv_output import write_csv_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local_servers.mysql_server import MysqlServer
    from quantity.settings import Settings


ROWS = 600


def test_the_summary_tells_what_was_read_kept_and_published(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    result = run(database_settings, "--data-dir", str(csv_folder), "--run-id", "first [1] run")
    assert (result.code, result.err) == (preprocess.DONE, "")
    source = read(csv_folder)
    items = source.tables.order_items
    days = items["checkout_date"].nunique()
    for told in (
        "run first [1] run",
        f"data_order.csv CSV, utf-8, comma {ROWS}",
        f"{ROWS} order lines read, all kept, 2024-10-07 to 2024-12-29, {days} days with orders",
        f"{source.report.orders.without_tags} order lines of products without a tag",
        f"{source.report.orders.without_store} order lines of stores without a row in the stores file",
        f"features of {ROWS} order lines before 2024-12-30",
        "published snapshot 1, as of 2024-12-30: ",
    ):
        assert told in result.out
    assert source.report.orders.without_tags > 0
    assert source.report.orders.without_store > 0
    for phase in ("read and check the files", "write the raw tables, compute totals", "compute and write the rows"):
        assert f"{phase} 0." in result.out or f"{phase} 1" in result.out
    with engine_of(database_settings) as engine:
        record = published(engine)
    assert record is not None
    assert (record.run_id, record.order_rows) == ("first [1] run", ROWS)


def test_dropped_rows_are_counted(run: Callable[..., Result], settings: Settings) -> None:
    settings.data_dir.mkdir()
    write(settings.data_dir, GOOD)
    write(settings.data_dir, {PRODUCTS: f"{GOOD[PRODUCTS]}1866,\n1866,Fresh\n"})
    with (settings.data_dir / STORES).open("a") as file:
        file.write(GOOD[STORES].splitlines()[1] + "\n")
    result = run(settings)
    for told in ("rows with an empty tag, dropped: 1", "repeated tags, dropped: 1", "repeated stores, dropped: 1"):
        assert told in result.out


def test_one_order_is_enough(run: Callable[..., Result], loaded: Settings) -> None:
    tables = everything(loaded)
    assert len(tables["fact_order_items"]) == len(tables["features"]) == 1
    assert tables["dim_store"] == [(55, "Supermarket", "3", "Large")]


def test_running_again_gives_the_same_tables(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    for _ in range(2):
        assert run(database_settings, "--data-dir", str(csv_folder)).code == preprocess.DONE
        assert leftovers_of(database_settings) == []
    tables = everything(database_settings)
    previous = {name.removesuffix("__previous"): rows for name, rows in tables.items() if name.endswith("__previous")}
    assert {name for name, rows in previous.items() if rows != tables[name]} == {PARTS, POINTER}


def test_features_made_of_the_raw_tables_are_those_made_of_the_files(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    run(database_settings, "--data-dir", str(csv_folder))
    from_files = without_previous(everything(database_settings))
    result = run(database_settings, "--source", "db")
    assert (result.code, result.err) == (preprocess.DONE, "")
    assert f"features of {ROWS} order lines before" in result.out
    assert "published snapshot 2" in result.out
    from_tables = without_previous(everything(database_settings))
    assert {name for name, rows in from_files.items() if rows != from_tables[name]} == {PARTS, POINTER, "snapshots"}


def test_mysql_and_sqlite_hold_the_same(
    run: Callable[..., Result], settings: Settings, mysql_server: MysqlServer, tmp_path: Path, csv_folder: Path
) -> None:
    run(settings, "--data-dir", str(csv_folder))
    with mysql_server.database() as url:
        on_mysql = settings_for(tmp_path, url)
        run(on_mysql, "--data-dir", str(csv_folder))
        with engine_of(settings) as sqlite, engine_of(on_mysql) as mysql:
            for name in {*WITH_RAW, *SNAPSHOT} - {PARTS, POINTER}:
                table = replaced_tables()[name]
                keys = [column.name for column in table.primary_key]
                ours, theirs = (read_table(e, table).sort_values(keys, ignore_index=True) for e in (sqlite, mysql))
                pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_the_files_are_looked_for_where_the_settings_say(run: Callable[..., Result], settings: Settings) -> None:
    settings.data_dir.mkdir()
    write(settings.data_dir, GOOD)
    assert run(settings).code == preprocess.DONE


def test_a_snapshot_of_a_past_day_is_the_one_that_was_made_on_it(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path, tmp_path: Path
) -> None:
    """Files that end before a day, and the whole files with that day as the as-of date: the same cell by cell."""
    as_of = "2024-12-02"
    tables = read(csv_folder).tables
    known = tables.order_items[tables.order_items["checkout_date"] < as_of]
    write_csv_files(replace(tables, order_items=known), tmp_path / "then")
    run(database_settings, "--data-dir", str(tmp_path / "then"), "--as-of", as_of)
    then = features_of(everything(database_settings))
    for arguments in (["--data-dir", str(csv_folder)], ["--source", "db"]):
        result = run(database_settings, *arguments, "--as-of", as_of)
        assert f"left out: {len(tables.order_items) - len(known):,} order lines on that day or later" in result.out
        assert f"as of {as_of}: {len(then['features']):,} feature rows" in result.out
        assert features_of(everything(database_settings)) == then


def features_of(tables: dict[str, list[tuple[Any, ...]]]) -> dict[str, list[tuple[Any, ...]]]:
    """The history and the latest state among a database's tables."""
    return {name: tables[name] for name in SNAPSHOT if name not in (PARTS, POINTER)}


def test_the_report_is_written_as_json(
    run: Callable[..., Result], settings: Settings, csv_folder: Path, tmp_path: Path
) -> None:
    run(settings, "--data-dir", str(csv_folder), "--report", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["files"][0]["rows"] == ROWS
    assert report["orders"]["last_date"] == "2024-12-29"


def test_todays_orders_are_left_out_until_the_day_is_over(
    run: Callable[..., Result], settings: Settings, tmp_path: Path
) -> None:
    settings.data_dir.mkdir()
    today = settings.today()
    days = [today - dt.timedelta(days=back) for back in (3, 2, 0)]
    write(settings.data_dir, GOOD | {ORDERS: order_file(*(order_line(CHECKOUT_DATE=str(day)) for day in days))})
    result = run(settings)
    assert f"as of {days[1] + dt.timedelta(days=1)}: 2 feature rows" in result.out
    assert "left out: 1 order line on that day or later" in result.out
    result = run(settings, "--as-of", str(today + dt.timedelta(days=1)))
    assert f"as of {today + dt.timedelta(days=1)}: 3 feature rows" in result.out
