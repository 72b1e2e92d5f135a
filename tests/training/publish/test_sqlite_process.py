"""The process that writes columns to SQLite, and what it does when it is left alone."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import get_native_id

import pyarrow as pa
import pytest

from local_servers.waiting import wait_until
from training.publish.sqlite_process import ROOT, TABLE, SqliteProcessError, sqlite_process

ROWS = 1000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
    return path


def numbers(first: int = 0) -> pa.Table:
    return pa.table({"number": pa.array(range(first, first + ROWS))})


def count(database: Path) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM numbers").fetchone()[0])


def stream(rows: pa.Table, table: str = "numbers") -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema.with_metadata({TABLE: table.encode()})) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


def test_all_rows_are_there_at_the_end(database: Path) -> None:
    with sqlite_process(str(database)) as send:
        for first in range(0, 5 * ROWS, ROWS):
            send("numbers", numbers(first))
    assert count(database) == 5 * ROWS


def test_another_connection_reads_meanwhile(database: Path) -> None:
    with sqlite_process(str(database)) as send:
        send("numbers", numbers())
        wait_until(lambda: count(database) == ROWS, "the first rows are committed")
        send("numbers", numbers(ROWS))
    assert count(database) == 2 * ROWS


def send_all(database: Path, table: str, times: int = 1) -> None:
    with sqlite_process(str(database)) as send:
        for _ in range(times):
            send(table, numbers())


def test_what_the_driver_says_is_told(database: Path) -> None:
    with pytest.raises(SqliteProcessError, match=r"no such table: main\.elsewhere"):
        send_all(database, "elsewhere")


def test_a_failure_is_told_to_whoever_goes_on_sending(database: Path) -> None:
    with pytest.raises(SqliteProcessError, match="UNIQUE constraint failed"):
        send_all(database, "numbers", 1000)
    assert count(database) == ROWS


def kill_and_send(database: Path) -> None:
    with sqlite_process(str(database)) as send:
        children = Path(f"/proc/{os.getpid()}/task/{get_native_id()}/children").read_text(encoding="ascii")
        os.kill(int(children.split()[-1]), signal.SIGKILL)
        send("numbers", numbers())


def test_a_process_that_was_killed_is_told(database: Path) -> None:
    with pytest.raises(SqliteProcessError, match="ended with -9"):
        kill_and_send(database)


def given_to_the_process(database: Path, parent: int, sent: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", sqlite_process.__module__, str(database), str(parent)]
    return subprocess.run(command, input=sent, cwd=ROOT, capture_output=True, check=False)


@pytest.mark.parametrize("missing", [1, 300, ROWS * 4])
def test_half_of_a_stream_is_not_committed_and_is_no_success(database: Path, missing: int) -> None:
    """The sender has died in the middle of it."""
    found = given_to_the_process(database, os.getpid(), stream(numbers()) + stream(numbers(ROWS))[:-missing])
    assert found.returncode
    assert count(database) == ROWS


def test_rows_without_the_end_are_no_success(database: Path) -> None:
    assert given_to_the_process(database, os.getpid(), stream(numbers())).returncode
    assert given_to_the_process(database, os.getpid(), b"").returncode


def test_rows_of_a_sender_that_is_gone_are_left_alone(database: Path) -> None:
    """The next run may be building a table of the same name."""
    found = given_to_the_process(database, os.getpid() + 1, stream(numbers()))
    assert found.returncode
    assert b"has ended" in found.stderr
    assert count(database) == 0
