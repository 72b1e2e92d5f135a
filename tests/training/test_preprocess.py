"""The program `preprocess.py`: what it publishes and prints, and that its failures change nothing."""

from __future__ import annotations

import gzip
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event, inspect, text

from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import POINTER, replaced_tables
from tests.mysql_server import PASSWORD
from tests.settings import settings_for
from tests.training.csv_input.test_files import (
    GOOD,
    ORDER_LINE,
    ORDERS,
    PRODUCTS,
    STORES,
    order_file,
    order_line,
    write,
)
from tests.training.published import dump, leftovers, without_previous
from training import preprocess
from training.csv_input.files import read_csv_files
from training.publish_lock import publish_lock
from training.sample_data import synthetic
from training.sample_data.csv_output import write_csv_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from quantity.settings import Settings
    from tests.mysql_server import MysqlServer

ROWS = 600


@dataclass(frozen=True)
class Result:
    """What a run left: its exit code and what it printed, blanks folded."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the program with settings and arguments."""

    def run(settings: Settings, *arguments: str) -> Result:
        capsys.readouterr()
        code = preprocess.main(list(arguments), settings)
        printed = capsys.readouterr()
        # Lines are folded to the terminal's width, and a table's borders are not its content.
        out = " ".join(printed.out.replace("│", " ").split())
        return Result(code, out, printed.err)

    return run


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def everything(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with engine_of(settings) as engine:
        return dump(engine)


def leftovers_of(settings: Settings) -> list[str]:
    with engine_of(settings) as engine:
        return leftovers(engine)


@pytest.fixture(scope="session")
def csv_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated files."""
    folder = tmp_path_factory.mktemp("csv")
    write_csv_files(synthetic.synthetic_tables(ROWS, weeks=12), folder)
    return folder


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a database that holds the good files; tests that use it change nothing there."""
    with ExitStack() as stack:
        url = None
        if request.param == "mysql":
            server: MysqlServer = request.getfixturevalue("mysql_server")
            url = stack.enter_context(server.database())
        settings = settings_for(tmp_path_factory.mktemp("loaded"), url)
        settings.data_dir.mkdir()
        write(settings.data_dir, GOOD)
        assert preprocess.main([], settings) == preprocess.DONE
        yield settings


# --- good files --------------------------------------------------------------------------------------------


def test_the_summary_tells_what_was_read_kept_and_published(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    result = run(database_settings, "--data-dir", str(csv_folder), "--run-id", "first [1] run")
    assert (result.code, result.err) == (preprocess.DONE, "")
    source = read_csv_files(csv_folder)
    items = source.tables.order_items
    days = (items["checkout_date"].max() - items["checkout_date"].min()).days + 1
    for told in (
        "run first [1] run",
        f"data_order.csv {ROWS}",
        f"order lines kept {ROWS}",
        f"of products without metadata {source.lines_without_tags}",
        f"of stores without metadata {source.lines_without_store}",
        f"days covered {days}",
        "published snapshot 1, as of 2024-12-30: ",
    ):
        assert told in result.out
    assert source.lines_without_tags > 0
    assert source.lines_without_store > 0
    for phase in ("read and check the CSV files", "compute the features", "write and publish"):
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
    for told in ("empty tags dropped 1", "repeated tags dropped 1", "repeated stores dropped 1"):
        assert told in result.out


def test_one_order_is_enough(run: Callable[..., Result], loaded: Settings) -> None:
    tables = everything(loaded)
    assert len(tables["fact_order_items"]) == len(tables["features"]) == 1
    assert tables["dim_store"] == [(55, "Supermarket", 3, "Large")]


def test_running_again_gives_the_same_tables(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    for _ in range(2):
        assert run(database_settings, "--data-dir", str(csv_folder)).code == preprocess.DONE
        assert leftovers_of(database_settings) == []
    tables = everything(database_settings)
    previous = {name.removesuffix("__previous"): rows for name, rows in tables.items() if name.endswith("__previous")}
    assert {name for name, rows in previous.items() if rows != tables[name]} == {POINTER}


def test_features_made_of_the_raw_tables_are_those_made_of_the_files(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path
) -> None:
    run(database_settings, "--data-dir", str(csv_folder))
    from_files = without_previous(everything(database_settings))
    result = run(database_settings, "--source", "db")
    assert (result.code, result.err) == (preprocess.DONE, "")
    assert f"order lines kept {ROWS}" in result.out
    assert "published snapshot 2" in result.out
    from_tables = without_previous(everything(database_settings))
    assert {name for name, rows in from_files.items() if rows != from_tables[name]} == {POINTER, "snapshots"}


def test_mysql_and_sqlite_hold_the_same(
    run: Callable[..., Result], settings: Settings, mysql_server: MysqlServer, tmp_path: Path, csv_folder: Path
) -> None:
    run(settings, "--data-dir", str(csv_folder))
    with mysql_server.database() as url:
        on_mysql = settings_for(tmp_path, url)
        run(on_mysql, "--data-dir", str(csv_folder))
        with engine_of(settings) as sqlite, engine_of(on_mysql) as mysql:
            for name, table in replaced_tables().items():
                if name != POINTER:
                    keys = [column.name for column in table.primary_key]
                    ours, theirs = (read_table(e, table).sort_values(keys, ignore_index=True) for e in (sqlite, mysql))
                    pd.testing.assert_frame_equal(ours, theirs, check_exact=True)


def test_the_files_are_looked_for_where_the_settings_say(run: Callable[..., Result], settings: Settings) -> None:
    settings.data_dir.mkdir()
    write(settings.data_dir, GOOD)
    assert run(settings).code == preprocess.DONE


# --- bad files ---------------------------------------------------------------------------------------------

QUANTITY = f"{ORDERS}, column QUANTITY"
BAD_FILES: dict[str, tuple[dict[str, str], list[str]]] = {
    "missing column": ({ORDERS: GOOD[ORDERS].replace("QUANTITY", "QTY")}, [ORDERS, "column QUANTITY is missing"]),
    "wrong header": ({STORES: "A,B,C,D\n1,2,3,4\n"}, [STORES, "columns STORE_ID, STORE_TYPE", "missing"]),
    "column twice": ({PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA,PRODUCT_ID\n1,a,2\n"}, [PRODUCTS, "2 times"]),
    "bad date": (
        {ORDERS: order_file(ORDER_LINE, order_line(CHECKOUT_DATE="2022-02-30"))},
        [f"{ORDERS}, column CHECKOUT_DATE", "YYYY-MM-DD", "line 3: '2022-02-30'"],
    ),
    "date with a time": (
        {ORDERS: order_file(order_line(CHECKOUT_DATE="2022-11-05 10:00"))},
        [f"{ORDERS}, column CHECKOUT_DATE", "line 2: '2022-11-05 10:00'"],
    ),
    "no quantity": ({ORDERS: order_file(order_line(QUANTITY=""))}, [QUANTITY, "line 2: nothing"]),
    "zero": ({ORDERS: order_file(order_line(QUANTITY="0"))}, [QUANTITY, "line 2: '0'"]),
    "negative": ({ORDERS: order_file(ORDER_LINE, order_line(QUANTITY="-3"))}, [QUANTITY, "line 3: '-3'"]),
    "fraction": ({ORDERS: order_file(order_line(QUANTITY="1.5"))}, [QUANTITY, "line 2: '1.5'"]),
    "id of letters": (
        {ORDERS: order_file(order_line(STORE_ID="S55"))},
        [f"{ORDERS}, column STORE_ID", "line 2: 'S55'"],
    ),
    "fractional id": (
        {PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1.5,Fruit\n"},
        [f"{PRODUCTS}, column PRODUCT_ID", "line 2: '1.5'"],
    ),
    "region of letters": (
        {STORES: f"{GOOD[STORES]}56,Kiosk,north,Small\n"},
        [f"{STORES}, column REGION_ID", "line 3: 'north'"],
    ),
    "stores contradict": (
        {STORES: f"{GOOD[STORES]}55,Kiosk,3,Large\n"},
        [f"{STORES}, column STORE_ID", "line 2", "line 3"],
    ),
    "too few fields": ({ORDERS: order_file("1,2,3")}, [ORDERS, "expected 8 fields", "line 2: 3 found"]),
    "open quote": ({PRODUCTS: 'PRODUCT_ID,PRODUCT_METADATA\n1,"Fruit\n'}, [PRODUCTS, "line 2", "never closed"]),
    "empty": ({STORES: ""}, [STORES, "is empty"]),
    "no rows": ({ORDERS: order_file()}, [ORDERS, "no rows"]),
}


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of good files, to be spoilt."""
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder, GOOD)
    return folder


def assert_refused(result: Result, settings: Settings, before: dict[str, list[tuple[Any, ...]]], *told: str) -> None:
    assert result.code == preprocess.BAD_INPUT
    assert result.err.startswith("preprocess: ")
    assert "Traceback" not in result.err
    for fragment in told:
        assert fragment in result.err
    assert everything(settings) == before


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_files_are_told_and_change_nothing(
    run: Callable[..., Result], loaded: Settings, files: Path, kind: str
) -> None:
    spoilt, told = BAD_FILES[kind]
    before = everything(loaded)
    write(files, spoilt)
    assert_refused(run(loaded, "--data-dir", str(files)), loaded, before, *told)


def test_text_in_another_encoding_is_told(run: Callable[..., Result], loaded: Settings, files: Path) -> None:
    before = everything(loaded)
    (files / PRODUCTS).write_bytes("PRODUCT_ID,PRODUCT_METADATA\n1,Café\n".encode("latin-1"))
    result = run(loaded, "--data-dir", str(files))
    assert_refused(result, loaded, before, f"{PRODUCTS}, column PRODUCT_METADATA", "line 2")


def test_a_damaged_packed_file_is_told(run: Callable[..., Result], loaded: Settings, files: Path) -> None:
    before = everything(loaded)
    (files / ORDERS).unlink()
    (files / f"{ORDERS}.gz").write_bytes(gzip.compress(GOOD[ORDERS].encode())[:-9])
    assert_refused(run(loaded, "--data-dir", str(files)), loaded, before, f"{ORDERS}.gz: cannot be read")


def test_a_missing_file_is_told(run: Callable[..., Result], loaded: Settings, files: Path) -> None:
    before = everything(loaded)
    (files / STORES).unlink()
    assert_refused(run(loaded, "--data-dir", str(files)), loaded, before, f"{STORES}: not found")


def test_a_missing_folder_is_told(run: Callable[..., Result], loaded: Settings, files: Path) -> None:
    before = everything(loaded)
    assert_refused(run(loaded, "--data-dir", str(files / "nowhere")), loaded, before, "no folder", "nowhere")


def test_bad_files_leave_an_empty_database_empty(
    run: Callable[..., Result], database_settings: Settings, files: Path
) -> None:
    write(files, {ORDERS: order_file(order_line(QUANTITY="0"))})
    assert run(database_settings, "--data-dir", str(files)).code == preprocess.BAD_INPUT
    with engine_of(database_settings) as engine:
        assert inspect(engine).get_table_names() == []


# --- nothing there, somebody else there --------------------------------------------------------------------


def test_an_empty_database_has_nothing_to_recompute(run: Callable[..., Result], database_settings: Settings) -> None:
    result = run(database_settings, "--source", "db")
    assert result.code == preprocess.BAD_INPUT
    assert "--source csv" in result.err


def test_rolling_back_needs_a_snapshot_before(run: Callable[..., Result], loaded: Settings) -> None:
    before = everything(loaded)
    assert_refused(run(loaded, "--rollback"), loaded, before, "no previous snapshot")


def test_rolling_back_puts_the_snapshot_before_back(
    run: Callable[..., Result], database_settings: Settings, csv_folder: Path, files: Path
) -> None:
    run(database_settings, "--data-dir", str(csv_folder))
    run(database_settings, "--data-dir", str(files))
    assert "rolled back to snapshot 1, as of 2024-12-30" in run(database_settings, "--rollback").out
    assert "rolled back to snapshot 2, as of 2022-11-06" in run(database_settings, "--rollback").out


@pytest.mark.parametrize("arguments", [[], ["--source", "db"], ["--rollback"]], ids=["csv", "db", "rollback"])
def test_a_run_beside_another_stops(run: Callable[..., Result], loaded: Settings, arguments: list[str]) -> None:
    before = everything(loaded)
    with engine_of(loaded) as engine, publish_lock(engine, 0):
        result = run(loaded, *arguments)
    assert result.code == preprocess.BUSY
    assert "another run is publishing" in result.err
    assert "--wait" in result.err
    assert everything(loaded) == before


# --- the database fails ------------------------------------------------------------------------------------


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_a_database_that_cannot_be_reached_is_told_without_the_password(
    run: Callable[..., Result], settings: Settings, files: Path
) -> None:
    password = "hush/hush@8"
    closed = {"mysql_host": "127.0.0.1", "mysql_port": unused_port(), "mysql_password": SecretStr(password)}
    result = run(settings.model_copy(update=closed), "--data-dir", str(files))
    assert result.code == preprocess.DATABASE_FAILED
    assert "127.0.0.1" in result.err
    assert "Connection refused" in result.err
    assert "hush" not in result.out + result.err


def test_a_password_that_is_refused_is_not_shown(
    run: Callable[..., Result], settings: Settings, mysql_server: MysqlServer, files: Path
) -> None:
    with mysql_server.database() as url:
        refused = settings_for(settings.local_dir, url).model_copy(update={"mysql_password": SecretStr("wr0ng")})
        result = run(refused, "--data-dir", str(files))
    assert result.code == preprocess.DATABASE_FAILED
    assert "Access denied" in result.err
    assert "wr0ng" not in result.out + result.err
    assert PASSWORD not in result.out + result.err


def test_a_place_that_cannot_be_written_to_is_told(run: Callable[..., Result], settings: Settings, files: Path) -> None:
    settings.local_dir.write_text("a file where the folder should be")
    result = run(settings, "--data-dir", str(files))
    assert result.code == preprocess.DATABASE_FAILED
    assert str(settings.local_dir) in result.err
    assert "Traceback" not in result.err


def test_a_full_database_is_told_and_the_old_snapshot_stays(
    run: Callable[..., Result], settings: Settings, csv_folder: Path, files: Path
) -> None:
    run(settings, "--data-dir", str(files))
    before = everything(settings)
    with engine_of(settings) as engine, engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", limit)
    try:
        result = run(settings, "--data-dir", str(csv_folder))
    finally:
        event.remove(Engine, "connect", limit)
    assert result.code == preprocess.DATABASE_FAILED
    assert "database or disk is full" in result.err
    assert everything(settings) == before
    assert run(settings, "--data-dir", str(csv_folder)).code == preprocess.DONE


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a disk can only be made by root: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_the_old_snapshot_stays(
    run: Callable[..., Result], small_disk: Path, tmp_path: Path, files: Path
) -> None:
    settings = settings_for(small_disk)
    assert run(settings, "--data-dir", str(files)).code == preprocess.DONE
    before = everything(settings)
    large = tmp_path / "large"
    write_csv_files(synthetic.synthetic_tables(20_000, weeks=12), large)
    result = run(settings, "--data-dir", str(large))
    assert result.code == preprocess.DATABASE_FAILED
    assert "full" in result.err
    assert everything(settings) == before
    assert run(settings, "--data-dir", str(files)).code == preprocess.DONE


# --- arguments ---------------------------------------------------------------------------------------------


def test_help_tells_a_newcomer_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        preprocess.main(["--help"])
    assert stopped.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for told in ("--source", "--data-dir", "--rollback", "--wait", "training/data", "exit codes", "MYSQL_HOST"):
        assert told in text


@pytest.mark.parametrize("arguments", [["--source", "ftp"], ["--wait", "long"], ["--nonsense"]])
def test_bad_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        preprocess.main(arguments)
    assert stopped.value.code == preprocess.BAD_INPUT
    assert "usage: preprocess.py" in capsys.readouterr().err
