"""Order lines come into the raw tables all together or not at all, wherever the database dies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.raw_tables import read_raw_tables
from quantity.db.tables import KEYS, ORIGIN
from quantity.raw import NO_KEYS, Keys
from tests.support.faults.dying_database import gone_from
from tests.support.publishing.published import leftovers, publish_marked, raw, served_mark
from tests.support.publishing.published_market import execute
from training.publish.line_merge import LineChange, merge_order_lines
from training.publish.lock import publish_lock
from training.publish.raw_digest import digest_of_raw
from training.publish.raw_origin import RawOrigin, are_lines_unpublished, read_raw_origin

if TYPE_CHECKING:
    from sqlalchemy import Engine

STRIDE = 3


def change() -> LineChange:
    """The first two lines go, one comes."""
    return LineChange(np.array([1, 2]), raw().order_items.head(1).assign(order_id=10_000))


def merge(engine: Engine, keys: Keys = NO_KEYS) -> None:
    with publish_lock(engine, 60) as lock:
        merge_order_lines(engine, change(), keys, 3, lock)


def state(engine: Engine) -> tuple[str, RawOrigin]:
    return digest_of_raw(read_raw_tables(engine)), read_raw_origin(engine)


def test_wherever_the_database_dies_lines_and_record_are_old_or_new(engine: Engine) -> None:
    publish_marked(engine, 1)
    before, number = state(engine), 1
    while True:
        with gone_from(number) as executed:
            try:
                merge(engine)
                through = True
            except SQLAlchemyError:
                through = False
        engine.dispose()
        if through:
            break
        assert state(engine) == before, f"died at statement {number}, after {executed[-1:]}"
        number += STRIDE if engine.dialect.name == "sqlite" else 3 * STRIDE
    assert state(engine) != before
    assert read_raw_origin(engine) == RawOrigin(None, 3, 1)
    assert len(read_raw_tables(engine).order_items) == len(raw().order_items) - 1
    assert served_mark(engine) == 1
    # It may have died when all was done but the tidying, which the next run makes up for.
    publish_marked(engine, 2)
    assert leftovers(engine) == []


def test_lines_are_unpublished_until_the_next_snapshot(sqlite_engine: Engine) -> None:
    publish_marked(sqlite_engine, 1)
    merge(sqlite_engine)
    assert are_lines_unpublished(sqlite_engine, read_raw_origin(sqlite_engine))
    publish_marked(sqlite_engine, 2)
    assert read_raw_origin(sqlite_engine) == RawOrigin()


def test_a_database_of_an_earlier_version_gets_the_tables_that_it_lacks(sqlite_engine: Engine) -> None:
    publish_marked(sqlite_engine, 1)
    execute(sqlite_engine, *(f"DROP TABLE {name}" for name in (ORIGIN, *KEYS.values())))
    merge(sqlite_engine, Keys({"S-1": 2**30 + 1}, {}))
    assert {ORIGIN, *KEYS.values()} <= set(inspect(sqlite_engine).get_table_names())
    assert read_raw_origin(sqlite_engine).appended_lines == 3
    assert read_raw_tables(sqlite_engine).store_keys["store_key"].tolist() == ["S-1"]


def test_a_lost_lock_changes_nothing(sqlite_engine: Engine) -> None:
    publish_marked(sqlite_engine, 1)
    before = state(sqlite_engine)

    def lost() -> None:
        raise SQLAlchemyError("the lock is lost")

    with pytest.raises(SQLAlchemyError, match="lock is lost"):
        merge_order_lines(sqlite_engine, change(), NO_KEYS, 3, lost)
    assert state(sqlite_engine) == before
