"""A loader that is killed, or whose database dies, at whatever statement, ships each segment once all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.prediction_log.folder import log_folder
from api.prediction_log.shipping import Shipper
from tests.support.api.logged_segments import fill, make_table, rows_in
from tests.support.api.shipper_process import stopped_shipper
from tests.support.faults.dying_database import gone_from
from tests.support.publishing.publisher_process import Point

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings

INSERT = "(INSERT INTO|LOAD DATA .*) predictions"
POINTS = {
    "connected": Point("before", "SELECT DISTINCT predictions.segment_id"),
    "nothing inserted": Point("before", INSERT),
    "inserted, not committed": Point("after", INSERT),
}


@pytest.fixture
def settings(database_settings: Settings) -> Settings:
    """Settings of a database of either kind, which has the table."""
    make_table(database_settings.database_url)
    return database_settings


@pytest.mark.parametrize("name", POINTS)
def test_after_a_kill_another_loader_ships_all_of_it_once(settings: Settings, engine: Engine, name: str) -> None:
    folder = log_folder(settings)
    expected = fill(folder, 5)
    other = Shipper(settings, folder)

    with stopped_shipper(settings, POINTS[name]) as process:
        if engine.dialect.name == "mysql":
            other.look()
            assert (rows_in(engine), other.status.shipped_pairs) == ([], 0), "the killed one holds the segments"
        process.kill()
        process.wait()
    other.look()

    assert rows_in(engine) == expected
    assert list(folder.iterdir()) == []
    assert (other.status.failure, other.status.shipped_pairs) == (None, len(expected))


def test_killed_before_the_files_were_deleted_another_loader_deletes_them(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = log_folder(settings)
    expected = fill(folder, 5)
    killed, other = Shipper(settings, folder), Shipper(settings, folder)

    def end(_path: Path, *, missing_ok: bool) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.unlink", end)
        with pytest.raises(KeyboardInterrupt):
            killed.look()
    assert rows_in(engine) == expected
    other.look()

    assert rows_in(engine) == expected
    assert list(folder.iterdir()) == []
    assert (killed.status.shipped_pairs, other.status.shipped_pairs) == (len(expected), 0)


def test_whatever_statement_the_database_dies_at_each_segment_is_shipped_once(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.prediction_log.shipping.BATCH_SEGMENTS", 2)
    folder = log_folder(settings)
    expected = fill(folder, 5)
    number, died = 1, True
    while died:
        shipper = Shipper(settings, folder)
        with gone_from(number) as executed:
            shipper.look()
        died = shipper.status.failure is not None
        there = {row[0] for row in rows_in(engine)}
        waiting = {int(path.stem) for path in folder.iterdir()}
        assert there | waiting == {row[0] for row in expected}, f"died at statement {number}, after {executed[-1:]}"
        number += 1

    assert rows_in(engine) == expected
    assert number > 5
