"""The last orders of pairs, by a slow way that is easily seen to be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from api.serving.order_history import Lines

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd


def naive(lines: pd.DataFrame, as_of: dt.date, most: int) -> dict[tuple[int, int], list[tuple[dt.date, int]]]:
    by_day: dict[tuple[int, int], dict[dt.date, int]] = {}
    columns = [lines[name].tolist() for name in ("store_id", "product_id", "checkout_date", "quantity")]
    for store, product, time, quantity in zip(*columns, strict=True):
        if time.date() < as_of:
            of_pair = by_day.setdefault((store, product), {})
            of_pair[time.date()] = of_pair.get(time.date(), 0) + quantity
    return {pair: sorted(of_pair.items())[-most:] for pair, of_pair in by_day.items()}


def pieces_of(lines: pd.DataFrame, count: int) -> list[Lines]:
    """Order lines as they are read, in so many pieces."""
    day = lines["checkout_date"].to_numpy().astype("datetime64[D]").astype(np.int32)
    store_id, product_id, quantity = (lines[name].to_numpy(np.int32) for name in ("store_id", "product_id", "quantity"))
    every = Lines(store_id, product_id, day, quantity)
    return [Lines._make(values[at] for values in every) for at in np.array_split(np.arange(len(lines)), count)]
