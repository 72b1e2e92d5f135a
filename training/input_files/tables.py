"""From checked columns to the raw tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from quantity.raw import regions_of
from training.input_files.layout import IDENTITY, ORDERS, PRODUCTS, STORES
from training.input_files.rules.order_lines import MISSING

if TYPE_CHECKING:
    import numpy.typing as npt

    from quantity.whole_numbers import Whole
    from training.input_files.layout import FileLayout
    from training.input_files.rules.order_lines import Ints, OrderLines

    Columns = dict[str, list[pa.Array]]
    """Column name in upper case to its values, block by block."""


def order_items(lines: OrderLines, kept: npt.NDArray[np.bool_] | None) -> pd.DataFrame:
    """The order lines in the files' order.

    Args:
        lines: their columns are given up on the way, so that memory never holds the values twice.
        kept: (n,) false for lines that are set aside; None: all are kept.
    """
    columns = {}
    for name in ORDERS.columns:
        values = lines.columns.pop(name)
        columns[name.lower()] = _typed(name, values if kept is None else values[kept])
    return pd.DataFrame(columns, copy=False)


def identities(lines: OrderLines, rows: Ints) -> pd.DataFrame:
    """What tells these order lines apart from others, a row each."""
    return pd.DataFrame({name.lower(): _typed(name, lines.columns[name][rows]) for name in IDENTITY})


def product_tags(columns: Columns) -> tuple[pd.DataFrame, int, int]:
    """The tags of the products.

    Returns:
        One row per product and tag; the number of rows without a tag; the number of repeated rows. Neither
        of the two is in the frame.
    """
    every = _frame(columns, PRODUCTS)
    tagged = every.dropna(subset="product_metadata")
    distinct = tagged.drop_duplicates(ignore_index=True)
    return distinct, len(every) - len(tagged), len(tagged) - len(distinct)


def stores(columns: Columns) -> pd.DataFrame:
    """The stores, one row each; regions are numbers, or text where one is a name."""
    distinct = _frame(columns, STORES).drop_duplicates(ignore_index=True)
    return distinct.assign(region_id=regions_of(distinct["region_id"]))


def contradicting_rows(columns: Columns, layout: FileLayout, key: str) -> list[int]:
    """The rows, by position in the file, that say different things of the same thing.

    Args:
        columns: the file's columns.
        layout: the file's layout.
        key: the column that names the thing.

    Returns:
        For each key with more than one distinct row: the first of its rows and each other one that differs.
    """
    distinct = _frame(columns, layout).drop_duplicates()
    return distinct.index[distinct[key.lower()].duplicated(keep=False)].tolist()


def _frame(columns: Columns, layout: FileLayout) -> pd.DataFrame:
    """A frame with text as ``str`` and ids as int64; columns that the file lacks are missing values."""
    length = sum(len(block) for block in next(iter(columns.values()), []))
    arrays = {name.lower(): _column(columns, name, length) for name in layout.columns}
    frame: pd.DataFrame = pa.table(arrays).to_pandas()
    return frame.astype({name: "str" for name in frame.columns if name not in {"store_id", "product_id"}})


def _column(columns: Columns, name: str, length: int) -> pa.ChunkedArray:
    kind = pa.int64() if name in {"STORE_ID", "PRODUCT_ID"} else pa.string()
    return pa.chunked_array([block.cast(kind) for block in columns.get(name, [pa.nulls(length, kind)])], kind)


def _typed(name: str, values: Whole) -> pd.Series[int] | npt.NDArray[np.datetime64] | Whole:
    """Dates as ``datetime64[s]``; brands and prices as nullable ``Int64`` where some are missing."""
    if name == "CHECKOUT_DATE":
        return values.astype("datetime64[D]").astype("datetime64[s]")
    if name in {"BRAND_ID", "VARIANT_CASE_PRICE_CENTS"}:
        missing = values == MISSING
        if missing.any():
            return pd.Series(pd.arrays.IntegerArray(values.astype(np.int64), missing))
    return values
