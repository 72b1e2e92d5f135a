"""The control tables are brought from any earlier version to this one, and nothing in them is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, select, text

from quantity.db import monitoring_tables  # noqa: F401 - adds its tables to the control tables
from quantity.db.engine import connect
from quantity.db.snapshots import published
from quantity.db.tables import PREVIOUS, control, snapshots
from tests.support.publishing.earlier_version import make_earlier
from tests.support.publishing.published import marked, publish_marked, raw, served_mark
from tests.support.publishing.published_market import execute
from training import preprocess, snapshot_checks
from training.publish.control_tables import VERSION_TABLE, NewerDatabaseError, upgrade_control_tables
from training.publish.publishing import publish, roll_back

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.settings import Settings

DIGESTS = ("source_digest", "raw_digest", "features_digest")


def differences(engine: Engine) -> list[Any]:
    """How the control tables differ from the declared ones, as Alembic sees it."""
    with engine.connect() as connection:
        options = {"include_name": lambda name, kind, _: kind != "table" or name in control.tables}
        found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), control)
    # Whoever made a table may have left out the comments.
    return [change for change in found if "comment" not in str(change)]


def logged(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(select(snapshots).order_by(snapshots.c.snapshot_id)))


def test_all_steps_make_the_tables_that_are_declared(engine: Engine) -> None:
    upgrade_control_tables(engine)
    assert differences(engine) == []


def test_a_second_upgrade_changes_nothing(engine: Engine) -> None:
    publish_marked(engine, 1)
    before = logged(engine)
    upgrade_control_tables(engine)
    assert (logged(engine), differences(engine)) == (before, [])


def test_an_earlier_version_s_database_is_upgraded_by_the_next_publish_and_loses_nothing(engine: Engine) -> None:
    make_earlier(engine)
    assert "source_digest" not in {column["name"] for column in inspect(engine).get_columns("snapshots")}
    publish_marked(engine, 3)
    assert differences(engine) == []
    assert [(row.snapshot_id, row.order_rows) for row in logged(engine)] == [(1, 1), (2, 2), (3, 3)]
    assert [row.features_digest is None for row in logged(engine)] == [True, True, False]
    assert served_mark(engine) == 3


def test_an_earlier_version_s_snapshots_are_read_and_rolled_back_to(engine: Engine) -> None:
    make_earlier(engine)
    for suffix, mark in (("", 2), (PREVIOUS, 1)):
        found = published(engine, suffix)
        assert found is not None
        assert found.order_rows == mark
        assert [getattr(found, name) for name in DIGESTS] == [None] * 3
    assert roll_back(engine).order_rows == 1
    assert served_mark(engine) == 1
    assert roll_back(engine).order_rows == 2
    publish_marked(engine, 3)
    back = roll_back(engine)
    assert (back.order_rows, back.features_digest) == (2, None)


@pytest.mark.parametrize("done", [0, 1, 3])
def test_a_run_that_died_between_a_step_and_its_record_is_gone_on_from(engine: Engine, done: int) -> None:
    """MySQL commits each change of a table by itself."""
    make_earlier(engine)
    execute(engine, *(f"ALTER TABLE snapshots ADD COLUMN {name} VARCHAR(64)" for name in DIGESTS[:done]))
    publish_marked(engine, 3)
    assert [(row.snapshot_id, row.order_rows) for row in logged(engine)] == [(1, 1), (2, 2), (3, 3)]


def test_two_runs_at_once_upgrade_once(engine: Engine) -> None:
    make_earlier(engine)

    def run(mark: int) -> int:
        own = connect(engine.url)
        try:
            record = publish(own, marked(mark), run_id="r", order_rows=mark, raw=raw(), wait_seconds=120)
        finally:
            own.dispose()
        return record.snapshot_id

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, (3, 4))) == [3, 4]
    assert [row.snapshot_id for row in logged(engine)] == [1, 2, 3, 4]


def test_a_later_version_s_database_is_left_alone(engine: Engine) -> None:
    record = publish_marked(engine, 1)
    publish_marked(engine, 2)
    execute(engine, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(NewerDatabaseError, match="later version of the project"):
        publish_marked(engine, 3)
    with pytest.raises(NewerDatabaseError):
        roll_back(engine)
    assert served_mark(engine) == 2
    assert published(engine, PREVIOUS) == record


def test_programs_tell_a_later_version_s_database_in_one_line(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_marked(sqlite_engine, 1)
    publish_marked(sqlite_engine, 2)
    execute(sqlite_engine, f"UPDATE {VERSION_TABLE} SET version_num = '9999'", "DELETE FROM latest_store")
    arguments = [(preprocess.main, ["--rollback"]), (preprocess.main, ["--source", "db"])]
    for run, options in [*arguments, (snapshot_checks.main, ["--rollback-on-failure"])]:
        assert run(options, settings) == 2
        last = capsys.readouterr().err.splitlines()[-1]
        assert "step 9999; this one knows them up to step" in last


def test_earlier_and_later_versions_of_a_record_are_read(engine: Engine) -> None:
    publish_marked(engine, 1)
    execute(engine, "ALTER TABLE published_snapshot ADD COLUMN of_next_year VARCHAR(64)")
    found = published(engine)
    assert found is not None
    assert found.order_rows == 1


def test_an_earlier_version_goes_on_writing_to_the_upgraded_tables(engine: Engine) -> None:
    """It knows the columns that it had, and no others."""
    publish_marked(engine, 1)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO snapshots (snapshot_id, as_of_date, created_at, run_id, order_rows, feature_rows, "
                "store_rows, product_rows, pair_rows) "
                "VALUES (2, '2025-01-01', '2025-01-01 00:00:00', 'earlier', 1, 1, 1, 1, 1)"
            )
        )
    assert publish_marked(engine, 3).snapshot_id == 3
