"""Versions of the project with other groups publish in turn, and each finds its own tables after a rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect, text

from quantity.db.tables import PREVIOUS
from tests.support.publishing.published import leftovers, publish_marked, served_mark
from tests.support.publishing.published_market import execute
from training.publish.publishing import roll_back

if TYPE_CHECKING:
    from sqlalchemy import Engine

OTHER = "latest_day"


@pytest.fixture
def other_version(engine: Engine) -> Engine:
    """A snapshot of a version that has groups which this one does not have."""
    publish_marked(engine, 1)
    execute(engine, f"CREATE TABLE {OTHER} (mark INTEGER)", f"INSERT INTO {OTHER} VALUES (1)")
    return engine


def stored(engine: Engine) -> set[str]:
    return {name for name in inspect(engine).get_table_names() if name.startswith(OTHER)}


def test_its_groups_become_the_previous_snapshot_s_and_are_dropped_with_it(other_version: Engine) -> None:
    publish_marked(other_version, 2)
    assert stored(other_version) == {OTHER + PREVIOUS}
    publish_marked(other_version, 3)
    assert stored(other_version) == set()
    assert leftovers(other_version) == []


def test_a_rollback_exchanges_them_too(other_version: Engine) -> None:
    publish_marked(other_version, 2)
    for mark, name in ((1, OTHER), (2, OTHER + PREVIOUS), (1, OTHER)):
        assert roll_back(other_version).order_rows == mark
        assert served_mark(other_version) == mark
        assert stored(other_version) == {name}
        with other_version.connect() as connection:
            assert connection.scalar(text(f"SELECT mark FROM {name}")) == 1
