"""Small random data: dense enough for ties, sparse enough for gaps, with missing attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.raw import RawTables

if TYPE_CHECKING:
    from collections.abc import Iterable

STORES, PRODUCTS = 5, 9
FIRST_DAY = np.datetime64("2022-01-01")
PACKS = [1, 2, 3, 6, 12]

Line = tuple[int, int, int, int, int]
"""Store, product, days after `FIRST_DAY`, cases, price of a case in cents."""


def raw_tables(lines: Iterable[Line]) -> RawTables:
    """Raw tables with these order lines, and metadata that is missing for some stores and products."""
    rows = list(lines)
    frame = pd.DataFrame(rows, columns=["store_id", "product_id", "day", "quantity", "variant_case_price_cents"])
    items = frame.astype("int64").assign(
        order_id=range(len(rows)),
        brand_id=1,
        product_variant_id=1,
        checkout_date=(FIRST_DAY + frame["day"].to_numpy(dtype="timedelta64[D]")).astype("datetime64[s]"),
    )
    tags = [(p, f"group {p % 2}") for p in range(1, PRODUCTS)] + [(p, f"kind {p % 4}") for p in range(2, PRODUCTS)]
    return RawTables(
        order_items=items.drop(columns="day"),
        product_tags=pd.DataFrame(tags, columns=["product_id", "product_metadata"]).astype({"product_metadata": "str"}),
        stores=pd.DataFrame(
            {
                "store_id": range(1, STORES),
                "store_type": pd.array(["kiosk", "market", None, "kiosk"], dtype="str"),
                "region_id": pd.array([1, 2, 1, None], dtype="Int64"),
                "store_size": pd.array([None, "small", "large", "small"], dtype="str"),
            }
        ),
    )


def random_lines(seed: int, count: int = 400, days: int = 90) -> list[Line]:
    """Order lines of every store and product, several on a day among them."""
    rng = np.random.default_rng(seed)
    columns = (
        rng.integers(1, STORES + 1, count),
        rng.integers(1, PRODUCTS + 1, count),
        rng.integers(0, days, count),
        rng.choice(PACKS, count),
        rng.integers(100, 105, count),
    )
    return [tuple(int(value) for value in line) for line in zip(*columns, strict=True)]  # type: ignore[misc]
