"""Answers to many pairs at once are those of the model on each pair's row."""

from __future__ import annotations

import copy
import datetime as dt
from functools import cache
from itertools import product as every_combination
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.features.definitions import ROW
from quantity.online.compile import compile_model
from quantity.online.kernel import COLD_START, FEW, LANES, decisions
from quantity.online.predictor import Predictor
from quantity.online.sources import Source, columns_of
from quantity.online.statuses import STATUSES
from tests.support.models.generated_market import generated_model
from tests.support.models.varied_models import varied_rule
from tests.support.orders.random_orders import PRODUCTS, STORES, random_lines
from tests.support.orders.random_snapshots import compute, snapshot_of

if TYPE_CHECKING:
    from quantity.online.compiled import CompiledModel
    from quantity.online.snapshot import Snapshot


@cache
def some_snapshot() -> Snapshot:
    """One store orders few of the products."""
    return snapshot_of(compute([line for line in random_lines(0, count=60) if line[0] != STORES or line[1] < 3]))


@cache
def some_model() -> CompiledModel:
    """Its rule leans on every baseline somewhere."""
    model = copy.copy(generated_model())
    model.rule_ = varied_rule(model.rule_, seed=0)
    return compile_model(model)


@pytest.mark.parametrize("days_later", [0, 10])
@pytest.mark.parametrize("n", [0, 1, FEW - 1, FEW, LANES - 1, LANES, LANES + 1, 5 * LANES, 20 * LANES])
def test_any_number_of_pairs(n: int, days_later: int) -> None:
    snapshot = some_snapshot()
    predictor = Predictor(some_model(), snapshot)
    rng = np.random.default_rng(n)
    # One store and one product more than there are.
    store_id, product_id = rng.integers(1, STORES + 2, n), rng.integers(1, PRODUCTS + 2, n)
    date = snapshot.info.as_of_date + dt.timedelta(days_later)

    found = predictor.predict(store_id, product_id, date)
    status, rows = predictor.features(store_id, product_id, date)

    known = status <= COLD_START
    expected = decisions(rows, product_id, some_model().forest, some_model().rule)
    answered = np.stack([found.quantity, found.typical, found.low, found.high], axis=1)
    np.testing.assert_array_equal(found.numbers[:, :2], np.column_stack([store_id, product_id]))
    np.testing.assert_array_equal(found.status, status)
    np.testing.assert_array_equal(answered, np.where(known[:, np.newaxis], expected, 0))
    assert (answered[known] >= 1).all()
    if n > LANES:
        assert set(status.tolist()) == set(range(len(STATUSES)))


def test_answers_of_one_pair_do_not_depend_on_the_others() -> None:
    snapshot = some_snapshot()
    predictor = Predictor(some_model(), snapshot)
    store_id, product_id = np.array(list(every_combination(range(1, STORES + 2), range(1, PRODUCTS + 2)))).T
    together = predictor.predict(store_id, product_id, snapshot.info.as_of_date)

    for i in range(len(store_id)):
        alone = predictor.predict(store_id[i : i + 1], product_id[i : i + 1], snapshot.info.as_of_date)
        assert alone.numbers[0].tolist() == together.numbers[i].tolist()


@pytest.mark.parametrize("source", [Source.STORE, Source.PRODUCT])
def test_what_depends_on_one_alone_is_the_same_for_all_its_pairs(source: Source) -> None:
    snapshot = some_snapshot()
    ids = snapshot.store_id, snapshot.product_id
    store_id, product_id = (grid.ravel() for grid in np.meshgrid(*ids, indexing="ij"))
    _, rows = Predictor(some_model(), snapshot).features(store_id, product_id, snapshot.info.as_of_date)
    of = store_id if source is Source.STORE else product_id
    columns = [ROW.index(name) for name in columns_of(source)]

    for one in np.unique(of):
        (first, *others) = rows[of == one][:, columns]
        for other in others:
            np.testing.assert_array_equal(other, first)


def test_a_snapshot_without_stores_or_products_is_refused() -> None:
    nothing = np.array([], dtype=np.int64)
    for empty in ("store_id", "product_id"):
        snapshot = copy.copy(some_snapshot())
        object.__setattr__(snapshot, empty, nothing)
        with pytest.raises(ValueError, match="no store or no product"):
            Predictor(some_model(), snapshot)
