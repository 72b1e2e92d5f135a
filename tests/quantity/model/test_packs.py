"""Answers are quantities the product is really ordered in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantity.model.packs import MIN_ORDERS, PackQuantities

PACKED, LOOSE, RARE, UNSEEN = 1, 2, 3, 4


@pytest.fixture(scope="module")
def packs() -> PackQuantities:
    orders = (
        [(PACKED, quantity) for quantity in (6, 12, 24) for _ in range(MIN_ORDERS)]
        + [(PACKED, 7)]
        + [(LOOSE, quantity) for quantity in (1, 2, 3, 4) for _ in range(MIN_ORDERS)]
        + [(RARE, 6)] * (MIN_ORDERS - 1)
    )
    product, quantity = np.array(orders).T
    return PackQuantities(min_share=0.1).fit(product, quantity)


@pytest.mark.parametrize(
    ("product", "estimate", "threshold", "expected"),
    [
        pytest.param(PACKED, 8.0, 0.5, 6, id="nearest below"),
        pytest.param(PACKED, 9.5, 0.5, 12, id="nearest above"),
        pytest.param(PACKED, 7.0, 0.5, 6, id="a quantity ordered once is no pack"),
        pytest.param(PACKED, 8.0, 0.2, 12, id="a low threshold goes up early"),
        pytest.param(PACKED, 12.0, 0.5, 12, id="a pack stays"),
        pytest.param(PACKED, 2.0, 0.5, 6, id="never below the smallest pack"),
        pytest.param(PACKED, 31.2, 0.5, 31, id="above the largest pack: whole number"),
        pytest.param(LOOSE, 2.4, 0.5, 2, id="packs of one"),
        pytest.param(RARE, 4.4, 0.5, 4, id="too few orders to tell"),
        pytest.param(UNSEEN, 4.6, 0.5, 5, id="unknown product: whole number"),
        pytest.param(UNSEEN, 0.1, 0.5, 1, id="at least one case"),
        pytest.param(UNSEEN, -3.0, 0.5, 1, id="a negative estimate is one case"),
        pytest.param(UNSEEN, 4.2, 0.1, 5, id="the threshold rounds whole numbers too"),
    ],
)
def test_snap(packs: PackQuantities, product: int, estimate: float, threshold: float, expected: int) -> None:
    assert packs.snap(np.array([product]), np.array([estimate]), threshold).tolist() == [expected]


@given(
    estimate=st.floats(-10, 200),
    threshold=st.floats(0.05, 0.95),
    product=st.sampled_from([PACKED, LOOSE, RARE, UNSEEN]),
)
def test_answers_are_whole_and_at_least_one(
    packs: PackQuantities, estimate: float, threshold: float, product: int
) -> None:
    (answer,) = packs.snap(np.array([product]), np.array([estimate]), threshold)
    assert answer >= 1
    assert answer == round(answer)
    if product == PACKED and estimate < 24:
        assert answer in {6, 12, 24}


def test_pairs_are_answered_one_by_one(packs: PackQuantities) -> None:
    answers = packs.snap(np.array([PACKED, UNSEEN, LOOSE]), np.array([8.0, 8.0, 2.2]), 0.5)
    assert answers.tolist() == [6, 8, 2]
