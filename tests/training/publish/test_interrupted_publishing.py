"""A run that dies, however and wherever, leaves a whole snapshot served, and the next run succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.read import DatabaseReadError
from quantity.db.tables import NEXT, POINTER, snapshots
from tests.support.faults.dying_database import gone_from
from tests.support.publishing.published import leftovers, marked, publish_marked, raw, served_mark
from tests.support.publishing.publisher_process import Point, stopped_publisher
from training.publish.building import Progress
from training.publish.lock import PublisherBusyError, publish_lock
from training.publish.publishing import publish, roll_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_servers.mysql_server import MysqlServer

OLD, NEW, NEXT_RUN = 2, 3, 4

RENAME = "RENAME TABLE|ALTER TABLE .* RENAME"
POINTS = {
    "rows written, not committed": (Point("after", "(INSERT INTO|LOAD DATA .*) features_part_"), OLD),
    "rows committed, no index yet": (Point("before", "CREATE INDEX .* ON features_part_"), OLD),
    "raw tables being written": (Point("after", "CREATE TABLE dim_store__next"), OLD),
    "record written, not committed": (Point("after", "INSERT INTO published_snapshot__next"), OLD),
    "all written, nothing renamed": (Point("before", RENAME), OLD),
    "renamed, nothing dropped": (Point("before", "DROP TABLE .*__retired"), NEW),
    "dropped, not logged": (Point("before", "INSERT INTO snapshots"), NEW),
}
SQLITE_POINTS = {
    "half of it renamed": (Point("after", RENAME, 15), OLD),
}


@pytest.fixture
def served(engine: Engine) -> Engine:
    """A database with a published and a previous snapshot."""
    for mark in (1, OLD):
        publish_marked(engine, mark)
    return engine


def assert_next_run_succeeds(engine: Engine) -> None:
    # A server may need a moment to notice that a client is dead.
    with publish_lock(engine, 60) as lock:
        publish(engine, marked(NEXT_RUN), run_id="next", order_rows=NEXT_RUN, raw=raw(), lock=lock)
    assert served_mark(engine) == NEXT_RUN
    assert leftovers(engine) == []
    with engine.connect() as connection:
        logged = connection.scalars(select(snapshots.c.snapshot_id).order_by(snapshots.c.snapshot_id)).all()
    assert logged == list(range(1, len(logged) + 1)), "a published snapshot is not logged"


def kill_at(served: Engine, point: Point, expected: int) -> None:
    with stopped_publisher(served.url, NEW, point) as process:
        with pytest.raises(PublisherBusyError):
            publish_marked(served, NEXT_RUN)
        process.kill()
        process.wait()
    assert served_mark(served) == expected
    assert_next_run_succeeds(served)
    assert roll_back(served).order_rows == expected


@pytest.mark.parametrize("name", POINTS)
def test_a_killed_process_leaves_a_whole_snapshot(served: Engine, name: str) -> None:
    kill_at(served, *POINTS[name])


@pytest.mark.parametrize("name", SQLITE_POINTS)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_killed_in_the_middle_of_the_swap_leaves_the_old_snapshot(served: Engine, name: str) -> None:
    kill_at(served, *SQLITE_POINTS[name])


# --- the database dies -------------------------------------------------------------------------------------


def died_everywhere(served: Engine, run: Callable[[Engine], object], stride: int) -> int:
    """Let the run die at every ``stride``-th of its statements; the result is how many it has."""
    number = 1
    while True:
        before = served_mark(served)
        publisher = connect(served.url)
        with gone_from(number) as executed:
            try:
                run(publisher)
                through = True
            except (SQLAlchemyError, DatabaseReadError):
                through = False
        publisher.dispose()
        is_new = served_mark(served) != before
        assert is_new == through, f"died at statement {number}, after {executed[-1:]}"
        if through and len(executed) < number - 1:
            return len(executed)
        number += stride


def test_whatever_statement_the_database_dies_at_the_snapshot_is_whole(served: Engine) -> None:
    """A run that says it failed has published nothing, one that says it succeeded has."""
    marks = iter(range(10, 10_000))
    stride = 7 if served.dialect.name == "sqlite" else 17
    statements = died_everywhere(served, lambda engine: publish_marked(engine, next(marks)), stride)
    assert statements > 50
    assert_next_run_succeeds(served)


def test_whatever_statement_of_a_rollback_the_database_dies_at_the_snapshot_is_whole(served: Engine) -> None:
    stride = 4 if served.dialect.name == "sqlite" else 9
    assert died_everywhere(served, roll_back, stride) > 10
    assert_next_run_succeeds(served)


def connection_ids(server: MysqlServer, database: str | None, which: str) -> list[int]:
    """All connections to a database, that of the publisher lock, or the others."""
    rows = server.admin(f"SELECT id FROM information_schema.processlist WHERE db = '{database}'")
    (holder,) = server.admin(f"SELECT IS_USED_LOCK('quantity_publish.{database}')")[0]
    return [number for (number,) in rows if which == "all" or (which == "lock") == (number == holder)]


@pytest.mark.parametrize("which", ["all", "lock", "others"])
def test_a_run_whose_connections_are_killed_fails_and_leaves_the_old_snapshot(
    mysql_server: MysqlServer, mysql_engine: Engine, which: str
) -> None:
    for mark in (1, OLD):
        publish_marked(mysql_engine, mark)
    mysql_engine.dispose()
    publisher = connect(mysql_engine.url)
    killed: list[int] = []

    def kill(_name: str, _rows: int) -> None:
        if not killed:
            killed.extend(connection_ids(mysql_server, publisher.url.database, which))
            for number in killed:
                mysql_server.admin(f"KILL {number}")

    with pytest.raises(OperationalError, match=r"Lost connection|gone away|killed"):
        publish_marked(publisher, NEW, Progress(advance=kill))
    publisher.dispose()
    assert killed
    assert served_mark(mysql_engine) == OLD
    assert_next_run_succeeds(mysql_engine)


def publish_instead(server: MysqlServer, engine: Engine) -> None:
    """The lock of the run that holds it dies with its connection; the next run publishes."""
    for number in connection_ids(server, engine.url.database, "lock"):
        server.admin(f"KILL {number}")
    with publish_lock(engine, 60) as lock:
        publish(engine, marked(NEXT_RUN), run_id="next", order_rows=NEXT_RUN, raw=raw(), lock=lock)


def test_a_run_that_has_lost_its_lock_leaves_the_tables_of_the_next_one_alone(
    mysql_server: MysqlServer, mysql_engine: Engine
) -> None:
    publish_marked(mysql_engine, OLD)
    first = connect(mysql_engine.url)
    done: list[int] = []

    def overtake(_name: str, rows: int) -> None:
        if not done:
            done.append(rows)
            publish_instead(mysql_server, mysql_engine)

    with pytest.raises(SQLAlchemyError, match="__next' doesn't exist"):
        publish_marked(first, NEW, Progress(advance=overtake))
    first.dispose()
    assert served_mark(mysql_engine) == NEXT_RUN


def test_a_run_that_has_lost_its_lock_before_the_swap_renames_nothing(
    mysql_server: MysqlServer, mysql_engine: Engine
) -> None:
    """It has written all its tables, and the next run has dropped them: its swap would take the live ones away."""
    publish_marked(mysql_engine, OLD)
    first = connect(mysql_engine.url)
    seen: list[str] = []

    @event.listens_for(first, "before_cursor_execute")
    def _overtake(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)
        if statement.startswith("SHOW FULL TABLES") and f"INSERT INTO {POINTER}{NEXT} " in " ".join(seen):
            seen.clear()
            publish_instead(mysql_server, mysql_engine)

    with pytest.raises(OperationalError, match=r"Lost connection|gone away|killed"):
        publish_marked(first, NEW)
    first.dispose()
    assert served_mark(mysql_engine) == NEXT_RUN
    assert leftovers(mysql_engine) == []


# --- the disk is full --------------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("spare_pages", [2, 10, 25])
def test_a_full_disk_leaves_the_old_snapshot(served: Engine, spare_pages: int) -> None:
    with served.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
        free = connection.scalar(text("PRAGMA freelist_count"))
    assert pages is not None
    assert free is not None
    publisher = connect(served.url)

    @event.listens_for(publisher, "connect")
    def _limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages - free + spare_pages}")

    with pytest.raises(OperationalError, match="full"):
        publish_marked(publisher, NEW)
    publisher.dispose()
    assert served_mark(served) == OLD
    assert_next_run_succeeds(served)
