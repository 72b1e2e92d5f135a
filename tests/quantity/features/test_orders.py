"""Order lines summed: quantities added, prices averaged, missing prices as they were last known."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from quantity.features.orders import sum_order_lines

LINES = st.lists(
    st.tuples(
        st.integers(1, 2),
        st.integers(1, 2),
        st.integers(0, 4),
        st.integers(1, 9),
        st.one_of(st.none(), st.integers(0, 500)),
    ),
    min_size=1,
    max_size=25,
)
Line = tuple[int, int, int, int, int | None]


def frame(lines: list[Line]) -> pd.DataFrame:
    columns = ["store_id", "product_id", "day", "quantity", "variant_case_price_cents"]
    made = pd.DataFrame(lines, columns=columns).astype({"variant_case_price_cents": "Int64"})
    dates = np.datetime64("2025-01-01") + made["day"].to_numpy().astype("timedelta64[D]")
    return made.assign(checkout_date=dates.astype("datetime64[s]"))


def price_naively(lines: list[Line], store: int, product: int, day: int) -> float:
    """The average price of a day; without one the pair's before it, else the product's before it."""

    def of_day(place: int, on: int) -> float | None:
        priced = [(q, p) for s, i, d, q, p in lines if (s, i, d) == (place, product, on) and p is not None]
        return sum(q * p for q, p in priced) / sum(q for q, _ in priced) if priced else None

    for earlier in range(day, -1, -1):
        if (price := of_day(store, earlier)) is not None:
            return price
    for earlier in range(day - 1, -1, -1):
        for place in (2, 1):
            if (price := of_day(place, earlier)) is not None:
                return price
    return np.nan


@settings(deadline=None)
@given(LINES)
def test_a_missing_price_is_the_last_one_known_before(lines: list[Line]) -> None:
    orders = sum_order_lines(frame(lines))
    first = (dt.date(2025, 1, 1) - dt.date(1970, 1, 1)).days
    expected = [
        price_naively(lines, *key)
        for key in zip(orders.store_id.tolist(), orders.product_id.tolist(), (orders.day - first).tolist(), strict=True)
    ]
    np.testing.assert_allclose(orders.case_price_cents, expected)
    assert orders.quantity.sum() == sum(line[3] for line in lines)
