"""The steps of a decision, on values at which they turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.model.history import history_length
from quantity.model.packs import FAR_ABOVE, MIN_ORDERS, PackQuantities
from quantity.model.segments import SIZE_EDGES, size_group
from quantity.online.compile import compile_model
from quantity.online.compile_rule import compile_rule
from quantity.online.decide import groups, snap

if TYPE_CHECKING:
    from quantity.model.estimator import QuantityModel

QUANTITIES = {1: (6, 12, 24), 2: (1, 2, 3, 4), 3: (), 4: (7,), 5: (10, 11, 1000)}
"""The packs of some products."""


def test_packs_are_those_of_the_model_at_and_between_them(model: QuantityModel) -> None:
    """Half way between two, and where an estimate is just too far above the largest."""
    orders = [(product, pack) for product, packs in QUANTITIES.items() for pack in packs for _ in range(MIN_ORDERS)]
    orders += [(3, quantity) for quantity in range(1, MIN_ORDERS)]
    products, quantities = np.array(orders).T
    packs = PackQuantities(0.2).fit(products, quantities.astype(np.float64))
    rule = compile_rule(model.rule_, packs)
    far = np.array([FAR_ABOVE * max(packs) for packs in QUANTITIES.values() if packs])
    near = np.concatenate([np.arange(0, 1300, 0.5), far])
    estimates = np.concatenate([near, np.nextafter(near, np.inf), np.nextafter(near, 0)])

    for place, product in enumerate(rule.products.tolist()):
        snapped = [snap(estimate, place, rule.first, rule.packs, rule.far_above) for estimate in estimates.tolist()]
        np.testing.assert_array_equal(snapped, packs.snap(np.full(len(estimates), product), estimates))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_groups_are_those_of_the_model_at_their_edges(model: QuantityModel, dtype: type) -> None:
    rule = compile_model(model).rule
    edges: np.ndarray = np.array([*SIZE_EDGES, 0, 1, 5], dtype=dtype)
    values = np.concatenate([edges, np.nextafter(edges, dtype(np.inf)), np.nextafter(edges, dtype(-np.inf)), [np.nan]])

    np.testing.assert_array_equal(groups(values, rule.history_edges), history_length(values))
    np.testing.assert_array_equal(groups(values, rule.size_edges), size_group(values))
