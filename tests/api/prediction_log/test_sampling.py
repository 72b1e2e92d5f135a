"""A pair is logged in whole or not at all, everywhere alike."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.prediction_log.sampling import is_logged

STORES, PRODUCTS = (ids.ravel() for ids in np.meshgrid(np.arange(1, 401), np.arange(1, 501)))

ids = st.integers(0, 2**31 - 1)
shares = st.floats(0, 1)


@given(asked=st.lists(st.tuples(ids, ids), min_size=1, max_size=20), shares=st.tuples(shares, shares))
def test_a_larger_share_holds_every_pair_of_a_smaller_one(
    asked: list[tuple[int, int]], shares: tuple[float, float]
) -> None:
    store_id, product_id = np.array(asked).T
    fewer, more = (is_logged(store_id, product_id, share) for share in sorted(shares))

    assert (fewer <= more).all()
    assert is_logged(store_id, product_id, 1).all()
    assert not is_logged(store_id, product_id, 0).any()


@given(asked=st.lists(st.tuples(ids, ids), min_size=1, max_size=20), share=shares)
def test_a_pair_is_chosen_whoever_is_asked_with_it(asked: list[tuple[int, int]], share: float) -> None:
    store_id, product_id = np.array(asked).T
    together = is_logged(store_id, product_id, share)

    alone = [is_logged(np.array([store]), np.array([product]), share)[0] for store, product in asked]

    assert together.tolist() == alone


@pytest.mark.parametrize("share", [0.001, 0.05, 0.5, 0.9])
def test_about_the_share_of_all_pairs_is_chosen_of_each_store_and_product(share: float) -> None:
    """Within five standard errors."""
    chosen = is_logged(STORES, PRODUCTS, share)

    for groups in (np.zeros(len(STORES), np.int64), STORES, PRODUCTS):
        pairs, sampled = np.bincount(groups), np.bincount(groups, weights=chosen)
        assert (np.abs(sampled - share * pairs) <= 5 * np.sqrt(share * (1 - share) * pairs) + 1).all()


def test_every_process_chooses_the_same_pairs() -> None:
    program = (
        "import numpy as np; from api.prediction_log.sampling import is_logged; "
        "print(is_logged(np.arange(100), np.arange(100)[::-1], 0.3).tolist())"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert told.strip() == str(is_logged(np.arange(100), np.arange(100)[::-1], 0.3).tolist())
