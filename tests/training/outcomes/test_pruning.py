"""Old answers go, newer ones stay, and the service may go on inserting."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select

from quantity.db.monitoring_tables import SEGMENT_TIME_SHIFT, predictions
from training.outcomes import pruning
from training.outcomes.pruning import prune

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

NOW = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
OLD = NOW - dt.timedelta(days=100)
MILLISECOND = dt.timedelta(milliseconds=1)


@pytest.fixture
def engine(engine: Engine) -> Iterator[Engine]:
    """A database with the table."""
    predictions.create(engine)
    yield engine
    predictions.drop(engine)


def row(begun_at: dt.datetime, line: int, bits: int = 0) -> dict[str, Any]:
    milliseconds = (begun_at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // MILLISECOND
    return {
        "segment_id": milliseconds << SEGMENT_TIME_SHIFT | bits,
        "line": line,
        "predicted_at": begun_at.replace(tzinfo=None),
        "request_id": "r",
        "checkout_date": begun_at.date(),
        "as_of_date": begun_at.date(),
        "snapshot_id": 1,
        "model_version": "1",
        "model_alias": "champion",
        "status": "unknown_store",
        "shown": True,
    }


def fill(engine: Engine, rows: Sequence[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(delete(predictions))
        connection.execute(insert(predictions), list(rows))


def keys(engine: Engine) -> list[tuple[int, int]]:
    key = tuple(predictions.primary_key)
    with engine.connect() as connection:
        return [(segment, line) for segment, line in connection.execute(select(*key).order_by(*key))]


def test_a_segment_goes_when_it_is_older_than_so_many_days_and_no_sooner(engine: Engine) -> None:
    limit = NOW - dt.timedelta(days=90)
    rows = [row(limit - MILLISECOND, 0, bits=2**20 - 1), row(limit, 0), row(NOW, 0)]
    fill(engine, rows)

    assert prune(engine, 90, NOW) == 1
    assert keys(engine) == [(each["segment_id"], 0) for each in rows[1:]]
    assert prune(engine, 90, NOW) == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.integers(1, 12), min_size=1, max_size=8), kept=st.integers(0, 8), chunk=st.integers(1, 9))
def test_chunks_of_any_size_delete_the_same(engine: Engine, lines: list[int], kept: int, chunk: int) -> None:
    """Property: a chunk may end within a segment, or with one."""
    begun = [(OLD if number >= kept else NOW) - number * MILLISECOND for number in range(len(lines))]
    rows = [row(at, line) for at, n in zip(begun, lines, strict=True) for line in range(n)]
    fill(engine, rows)
    expected = sorted((each["segment_id"], each["line"]) for each in rows if each["checkout_date"] == NOW.date())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pruning, "CHUNK_ROWS", chunk)
        assert prune(engine, 90, NOW) == len(rows) - len(expected)
    assert keys(engine) == expected


def test_each_transaction_is_short(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "CHUNK_ROWS", 10)
    fill(engine, [row(OLD, line) for line in range(95)])
    left: list[int] = []

    @event.listens_for(engine, "begin")
    def _count(connection: Any) -> None:
        left.append(len(connection.exec_driver_sql("SELECT line FROM predictions").all()))

    assert prune(engine, 90, NOW) == 95
    assert max(before - after for before, after in pairwise(left)) == 10
