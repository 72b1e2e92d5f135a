"""Spark's cluster of the stack computes the tables that one machine has published, and publishes the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pandas as pd
import pytest
from sqlalchemy import URL

from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import HISTORY, LATEST, replaced_tables
from quantity.features.definitions import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container

PROFILE = "--profile=spark"
CLUSTER = ("spark-worker", "spark-master")


@pytest.fixture
def cluster(stack: Stack) -> Iterator[Stack]:
    """The stack with a master and two workers."""
    stack.compose(PROFILE, "build")
    stack.compose(PROFILE, "up", "--detach", "--wait", "spark-worker")
    yield stack
    stack.compose(PROFILE, "rm", "--force", "--stop", *CLUSTER)


@pytest.fixture
def engine(stack: Stack) -> Iterator[Engine]:
    """The stack's database."""
    address = httpx2.URL(stack.url("mysql"))
    engine = connect(URL.create("mysql+pymysql", "mlops", "mlops", address.host, address.port, "mlops"))
    yield engine
    engine.dispose()


def test_two_workers_publish_what_one_machine_has_published(cluster: Stack, engine: Engine) -> None:
    assert len(cluster.states("spark-worker")) == 2
    before, of_one_machine = published(engine), tables(engine)
    said = cluster.compose(PROFILE, "run", "--rm", "--no-TTY", "spark")
    after = published(engine)
    assert before is not None
    assert after is not None
    assert after.snapshot_id == before.snapshot_id + 1, said
    for name, frame in tables(engine).items():
        pd.testing.assert_frame_equal(frame, of_one_machine[name], obj=name)


def tables(engine: Engine) -> dict[str, pd.DataFrame]:
    """The history and the latest state, by key."""
    keys: dict[str, tuple[str, ...]] = {HISTORY: ("store_id", "product_id", "checkout_date")}
    keys |= {f"{LATEST}{scope}": key for scope, key in SCOPES.items()}
    return {
        name: read_table(engine, replaced_tables()[name]).sort_values(list(key), ignore_index=True)
        for name, key in keys.items()
    }
