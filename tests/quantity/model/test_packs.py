"""Answers are quantities the product is really ordered in."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.model.packs import FAR_ABOVE, MIN_ORDERS, PackQuantities

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
    ("product", "estimate", "expected"),
    [
        pytest.param(PACKED, 8.0, 6, id="nearest below"),
        pytest.param(PACKED, 9.5, 12, id="nearest above"),
        pytest.param(PACKED, 9.0, 12, id="half way: up"),
        pytest.param(PACKED, 18.0, 24, id="half way between others: up"),
        pytest.param(PACKED, 7.0, 6, id="a quantity ordered once is no pack"),
        pytest.param(PACKED, 12.0, 12, id="a pack stays"),
        pytest.param(PACKED, 0.1, 6, id="never below the smallest pack"),
        pytest.param(PACKED, 24 * FAR_ABOVE, 24, id="not far above the largest pack"),
        pytest.param(PACKED, 24 * FAR_ABOVE + 1, 31, id="far above the largest pack: whole number"),
        pytest.param(LOOSE, 2.4, 2, id="packs of one"),
        pytest.param(LOOSE, 2.5, 3, id="packs of one: up from half way"),
        pytest.param(RARE, 4.4, 4, id="too few orders to tell"),
        pytest.param(UNSEEN, 4.6, 5, id="unknown product: whole number"),
        pytest.param(UNSEEN, 4.5, 5, id="unknown product: up from half way"),
        pytest.param(UNSEEN, 0.1, 1, id="at least one case"),
        pytest.param(UNSEEN, -3.0, 1, id="a negative estimate is one case"),
        pytest.param(PACKED, 2.0**53, 2**53, id="the largest estimate"),
    ],
)
def test_snap(packs: PackQuantities, product: int, estimate: float, expected: int) -> None:
    assert packs.snap(np.array([product]), np.array([estimate])).tolist() == [expected]


def naive_snap(orders: list[tuple[int, int]], min_share: float, product: int, estimate: float) -> int:
    """The nearest pack, told from the orders one by one."""
    whole = max(int(Fraction(estimate) + Fraction(1, 2)), 1)
    frequency = Counter(quantity for of, quantity in orders if of == product)
    total = frequency.total()
    packs = [quantity for quantity, count in frequency.items() if total >= MIN_ORDERS and count >= min_share * total]
    if not packs or estimate > FAR_ABOVE * max(packs):
        return whole
    return min(packs, key=lambda pack: (abs(Fraction(estimate) - pack), -pack))


quantities = st.sampled_from([1, 2, 3, 4, 6, 12, 24, 2**31 - 1])
estimates = st.one_of(st.integers(0, 80).map(lambda halves: halves / 2), st.floats(0, 40), st.floats(0, 2.0**40))


@settings(deadline=None)
@given(
    kinds=st.lists(st.tuples(st.integers(1, 3), quantities, st.integers(1, 25)), min_size=1, max_size=12),
    questions=st.lists(st.tuples(st.integers(0, 4), estimates), min_size=1),
    min_share=st.sampled_from([0.03, 0.1, 0.3]),
)
def test_every_answer_is_the_nearest_pack(
    kinds: list[tuple[int, int, int]], questions: list[tuple[int, float]], min_share: float
) -> None:
    orders = [(product, quantity) for product, quantity, times in kinds for _ in range(times)]
    product, quantity = np.array(orders, dtype=np.float64).T
    packs = PackQuantities(min_share).fit(product.astype(np.int64), quantity)
    of, estimate = np.array([p for p, _ in questions]), np.array([e for _, e in questions])
    answers = packs.snap(of, estimate)
    assert answers.tolist() == [naive_snap(orders, min_share, *question) for question in questions]
    assert (answers >= 1).all()


@pytest.mark.parametrize(("times", "expected"), [(25, 12), (24, 10)])
def test_a_quantity_with_just_the_share_is_a_pack(times: int, expected: int) -> None:
    quantity = np.repeat([6.0, 12.0], [100 - times, times])
    packs = PackQuantities(min_share=0.25).fit(np.full(100, PACKED), quantity)
    assert packs.snap(np.array([PACKED]), np.array([10.0])).tolist() == [expected]


def test_pairs_are_answered_one_by_one(packs: PackQuantities) -> None:
    answers = packs.snap(np.array([PACKED, UNSEEN, LOOSE]), np.array([8.0, 8.0, 2.2]))
    assert answers.tolist() == [6, 8, 2]


def test_where_no_product_has_packs_answers_are_whole_numbers() -> None:
    packs = PackQuantities(0.1).fit(np.array([1]), np.array([6.0]))
    assert packs.snap(np.array([1, 2]), np.array([4.5, 0.0])).tolist() == [5, 1]


def test_an_order_may_stand_for_several() -> None:
    product = np.repeat(PACKED, 2 * MIN_ORDERS)
    quantity = np.array([6, 10] * MIN_ORDERS)
    weight = np.where(quantity == 6, 30, 1)
    weighted = PackQuantities(min_share=0.1).fit(product, quantity, weight)
    repeated = PackQuantities(min_share=0.1).fit(np.repeat(product, weight), np.repeat(quantity, weight))
    assert weighted.keys.tolist() == repeated.keys.tolist() != PackQuantities(0.1).fit(product, quantity).keys.tolist()
    few = PackQuantities(min_share=0.1).fit(
        product[: MIN_ORDERS - 1], quantity[: MIN_ORDERS - 1], weight[: MIN_ORDERS - 1]
    )
    assert not len(few.keys), "what few orders stand for is no evidence of packs"
