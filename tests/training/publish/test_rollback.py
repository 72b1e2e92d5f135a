"""The snapshot before is kept and put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect

from quantity.db.read import read_table
from quantity.db.snapshots import SnapshotChangedError, published
from quantity.db.tables import HISTORY, PREVIOUS, replaced_tables
from tests.support.publishing.published import (
    as_before_parts,
    leftovers,
    publish_marked,
    served_mark,
)
from tests.support.publishing.published_market import current, publish_market
from training.publish.publishing import NoPreviousSnapshotError, put_back_previous, roll_back

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from quantity.versions import Published


def test_rolling_back_exchanges_the_published_and_the_previous_snapshot(engine: Engine) -> None:
    first, second = publish_marked(engine, 1), publish_marked(engine, 2)
    for expected, other in [(first, 2), (second, 1), (first, 2)]:
        back = roll_back(engine)
        assert served_mark(engine) == expected.order_rows
        assert published(engine) == back
        assert back.snapshot_id == expected.snapshot_id
        previous = published(engine, PREVIOUS)
        assert previous is not None
        assert previous.order_rows == other
        history = read_table(engine, replaced_tables()["features"])
        assert set(history["quantity"]) == {expected.order_rows}
        assert leftovers(engine) == []


def test_a_snapshot_of_a_version_without_parts_is_kept_and_put_back(engine: Engine) -> None:
    publish_marked(engine, 1)
    as_before_parts(engine)
    publish_marked(engine, 2)
    for mark in (1, 2, 1):
        roll_back(engine)
        assert served_mark(engine) == mark
        assert set(read_table(engine, replaced_tables()["features"])["quantity"]) == {mark}
    publish_marked(engine, 3)
    publish_marked(engine, 4)
    assert leftovers(engine) == []
    assert sorted(inspect(engine).get_view_names()) == [HISTORY, HISTORY + PREVIOUS]


def test_only_the_last_snapshot_before_is_kept(engine: Engine) -> None:
    for mark in (1, 2, 3):
        publish_marked(engine, mark)
    assert roll_back(engine).order_rows == 2


def test_a_publication_never_comes_back(engine: Engine) -> None:
    """Readers tell by it that they have to read again."""
    steps: list[Callable[[], Published]] = [
        lambda: publish_marked(engine, 1),
        lambda: publish_marked(engine, 2),
        lambda: roll_back(engine),
        lambda: roll_back(engine),
        lambda: publish_marked(engine, 3),
    ]
    publications = [step().publication for step in steps]
    assert len(set(publications)) == len(publications)


@pytest.mark.parametrize("publishes", [0, 1])
def test_without_a_snapshot_before_there_is_nothing_to_roll_back_to(engine: Engine, publishes: int) -> None:
    for mark in range(publishes):
        publish_marked(engine, mark)
    with pytest.raises(NoPreviousSnapshotError):
        roll_back(engine)
    if publishes:
        assert served_mark(engine) == 0


def test_the_publication_is_looked_at_again_before_rolling_back(sqlite_engine: Engine) -> None:
    faulty = publish_market(sqlite_engine)
    publish_market(sqlite_engine, "second")
    with pytest.raises(SnapshotChangedError):
        put_back_previous(sqlite_engine, faulty, 0)
    assert current(sqlite_engine).run_id == "second"
