"""From checked CSV columns to the raw tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    import numpy.typing as npt

    Columns = dict[str, list[pa.Array]]
    """Column name in upper case to its values, block by block."""


def order_items(columns: Columns) -> pd.DataFrame:
    """The order lines in the file's order.

    Args:
        columns: emptied on the way, so that memory never holds the values twice.
    """
    return pd.DataFrame({name.lower(): _to_numpy(columns.pop(name)) for name in list(columns)}, copy=False)


def product_tags(columns: Columns) -> tuple[pd.DataFrame, int, int]:
    """The tags of the products.

    Returns:
        One row per product and tag; the number of rows without a tag; the number of repeated rows. Neither
        of the two is in the frame.
    """
    every = _frame(columns)
    tagged = every.dropna(subset="product_metadata")
    distinct = tagged.drop_duplicates(ignore_index=True)
    return distinct, len(every) - len(tagged), len(tagged) - len(distinct)


def stores(columns: Columns) -> pd.DataFrame:
    """The stores, one row each."""
    return _frame(columns).drop_duplicates(ignore_index=True)


def contradicting_rows(columns: Columns, key: str) -> list[int]:
    """The rows, by position in the file, that say different things of the same thing.

    Args:
        columns: the file's columns.
        key: the column that names the thing.

    Returns:
        For each key with more than one distinct row: the first of its rows and each other one that differs.
    """
    distinct = _frame(columns).drop_duplicates()
    return distinct.index[distinct[key.lower()].duplicated(keep=False)].tolist()


def _frame(columns: Columns) -> pd.DataFrame:
    """A frame with text as ``str`` and numbers as int64, ``region_id`` nullable."""
    table = pa.table({name.lower(): pa.chunked_array(blocks) for name, blocks in columns.items()})
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame.astype({name: "int64" for name in frame.columns if name in {"store_id", "product_id"}})


def _to_numpy(blocks: list[pa.Array]) -> npt.NDArray[np.int64] | npt.NDArray[np.datetime64]:
    """Numbers as int64, dates as ``datetime64[s]``."""
    if pa.types.is_date(blocks[0].type):
        blocks = [block.cast(pa.timestamp("s")) for block in blocks]
    return np.concatenate([block.to_numpy(zero_copy_only=False) for block in blocks])
