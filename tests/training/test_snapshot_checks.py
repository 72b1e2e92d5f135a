"""The program that verifies the published snapshot: its report, its exit codes, and what it rolls back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.publishing.published_market import (
    SPOIL,
    current,
    execute,
    feature_rows,
    market,
    publish_market,
    publish_orders,
)
from training import snapshot_checks
from training.publish.lock import publish_lock
from training.publish.publishing import roll_back
from training.quality import verification
from training.quality.checks import Check
from training.snapshot_checks import BUSY, DATABASE_FAILED, FAULTY, SOUND

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from sqlalchemy import Connection, Engine

    from quantity.settings import Settings
    from quantity.versions import Published

ROLLING_BACK = ["--rollback-on-failure", "--wait", "0"]


def test_the_first_snapshot_is_sound(
    engine: Engine, database_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(engine)
    assert snapshot_checks.main(["--run-id", "first"], database_settings) == SOUND
    output = capsys.readouterr()
    assert "snapshot 1 of run first, as of 2024-12-30" in output.out
    assert "there is no earlier snapshot" in output.out
    assert output.err == ""


def test_a_faulty_snapshot_is_rolled_back_when_told_so(
    engine: Engine, database_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_orders(engine, "first", market().order_items["checkout_date"] <= "2024-12-28")
    good = feature_rows(engine)
    publish_market(engine, "second")
    execute(engine, SPOIL)
    assert snapshot_checks.main(["--run-id", "second", "--rollback-on-failure"], database_settings) == FAULTY
    assert current(engine).snapshot_id == 1
    assert feature_rows(engine) == good
    lines = capsys.readouterr().err.splitlines()
    assert "snapshot_checks: latest_store: keys: 1 of 22 store_id have no row in latest_store" in lines
    assert lines[-1] == "snapshot_checks: rolled back to snapshot 1 of run first, as of 2024-12-29"
    # The one that serves now is sound; asked again for its own snapshot, the run still fails.
    assert snapshot_checks.main([], database_settings) == SOUND
    assert snapshot_checks.main(["--run-id", "second", "--rollback-on-failure"], database_settings) == FAULTY
    assert current(engine).snapshot_id == 1


def test_a_faulty_snapshot_stays_when_not_told_to_roll_back(sqlite_engine: Engine, settings: Settings) -> None:
    publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main([], settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 2


def test_a_snapshot_that_was_given_up_is_neither_compared_with_nor_put_back(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_orders(sqlite_engine, "first", market().order_items["checkout_date"] <= "2024-12-28")
    publish_market(sqlite_engine, "second")
    roll_back(sqlite_engine)
    assert snapshot_checks.main([], settings) == SOUND
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(ROLLING_BACK, settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 1
    assert "not rolled back: the previous snapshot 2 was itself rolled back" in capsys.readouterr().err


def test_without_a_previous_snapshot_the_faulty_one_stays_and_that_is_said(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(ROLLING_BACK, settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 1
    assert capsys.readouterr().err.splitlines()[-1] == (
        "snapshot_checks: not rolled back: there is no previous snapshot. The faulty snapshot 1 stays published; "
        "correct the raw tables and run the preprocessing again"
    )


def test_a_snapshot_of_the_same_run_is_nothing_to_roll_back_to(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine, "again")
    publish_market(sqlite_engine, "again")
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(ROLLING_BACK, settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 2
    assert "the previous snapshot 1 is of the same run" in capsys.readouterr().err


def test_a_snapshot_of_another_run_is_not_touched(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine, "first")
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, SPOIL)
    assert snapshot_checks.main(["--run-id", "mine", *ROLLING_BACK], settings) == FAULTY
    assert current(sqlite_engine).snapshot_id == 2
    assert "the published snapshot 2 is of run second, not of mine" in capsys.readouterr().err


def test_nothing_published_is_told(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert snapshot_checks.main([], settings) == FAULTY
    assert capsys.readouterr().err == "snapshot_checks: no snapshot is published: run the preprocessing\n"


def test_while_another_run_publishes_nothing_is_rolled_back(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, SPOIL)
    with publish_lock(sqlite_engine, 0):
        assert snapshot_checks.main(ROLLING_BACK, settings) == BUSY
    assert current(sqlite_engine).snapshot_id == 2
    assert "not rolled back: another run is publishing" in capsys.readouterr().err


def test_a_snapshot_that_another_run_replaced_meanwhile_is_not_rolled_back(
    sqlite_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    execute(sqlite_engine, SPOIL)

    def overtaken(_connection: Connection, _snapshot: Published) -> Iterator[Check]:
        publish_market(sqlite_engine, "other")
        yield Check("keys", "some are missing", "some are missing")

    monkeypatch.setattr(verification, "check_content", overtaken)
    assert snapshot_checks.main(ROLLING_BACK, settings) == DATABASE_FAILED
    assert current(sqlite_engine).run_id == "other"
