"""Samples are the same on every database, nested, and as large as asked for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Integer, MetaData, Table, func, insert, select
from sqlalchemy.schema import Column

from quantity.db.monitoring_tables import predictions
from tests.support.outcomes.random_log import answer, write_log
from tests.support.publishing.published_market import publish_market
from training.drift.sampling import some_answers, some_pairs

if TYPE_CHECKING:
    from sqlalchemy import Engine

pairs = Table("some_pairs", MetaData(), Column("store_id", Integer), Column("product_id", Integer))
LARGEST = 2**31 - 1
STORES, PRODUCTS = 60, 80


def hashed(store: int, product: int) -> int:
    """The formula with whole numbers of any size."""
    mixed = (store * 1_327_217_885 + product * 1_812_433_253) >> 16 & (2**31 - 1)
    return mixed * 1_812_433_253 >> 31 & (2**20 - 1)


@pytest.fixture
def asked(engine: Engine) -> list[tuple[int, int]]:
    grid = [(s, p) for s in range(1, STORES + 1) for p in range(1, PRODUCTS + 1)]
    every = [*grid, (LARGEST, LARGEST), (LARGEST, 1), (1, LARGEST)]
    pairs.create(engine)
    with engine.begin() as connection:
        connection.execute(insert(pairs), [{"store_id": s, "product_id": p} for s, p in every])
    return every


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_the_pairs_are_those_of_the_formula(engine: Engine, asked: list[tuple[int, int]], share: float) -> None:
    with engine.connect() as connection:
        found = {
            (row.store_id, row.product_id) for row in connection.execute(select(pairs).where(some_pairs(pairs, share)))
        }
    assert found == {pair for pair in asked if hashed(*pair) < share * 2**20}
    assert len(found) == pytest.approx(share * len(asked), rel=0.1, abs=1)


def test_a_share_of_the_answers_is_spread_over_lines_and_segments(engine: Engine) -> None:
    publish_market(engine)
    day = dt.date(2024, 12, 1)
    write_log(engine, [answer(1, 1001, day)] * 4000, per_segment=100)
    with engine.connect() as connection:
        found = connection.execute(
            select(predictions.c.segment_id, func.count()).where(some_answers(predictions, 0.3)).group_by("segment_id")
        ).all()
    counts = [count for _, count in found]
    assert sum(counts) == pytest.approx(1200, rel=0.2)
    assert len(counts) == 40
