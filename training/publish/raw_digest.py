"""The content of raw tables as a digest: it tells whether somebody has changed them since they were loaded."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantity.raw import RawTables

CHUNK_ROWS = 1_000_000
"""Rows hashed at a time."""


def digest_of_raw(raw: RawTables, lines: Iterable[pd.DataFrame] | None = None) -> str:
    """The digest of the tables' rows, in whatever order: SHA-256, hexadecimal.

    Args:
        raw: the tables.
        lines: the order lines, in pieces; None: those of ``raw``.
    """
    order_items = [raw.order_items] if lines is None else lines
    tables = {"order_items": order_items, "product_tags": [raw.product_tags], "stores": [raw.stores]}
    sums = [f"{name} {_rows_and_sum_of_hashes(pieces)}" for name, pieces in tables.items()]
    return hashlib.sha256("\n".join(sums).encode()).hexdigest()


def _rows_and_sum_of_hashes(pieces: Iterable[pd.DataFrame]) -> str:
    count, total = 0, np.uint64(0)
    for frame in pieces:
        count += len(frame)
        for start in range(0, len(frame), CHUNK_ROWS):
            chunk = frame.iloc[start : start + CHUNK_ROWS]
            columns = pd.DataFrame({name: _normalized(chunk[name]) for name in sorted(chunk.columns.astype(str))})
            rows = pd.util.hash_pandas_object(columns, index=False).to_numpy(np.uint64)
            total = np.add(total, rows.sum(dtype=np.uint64), dtype=np.uint64)
    return f"{count} {int(total):016x}"


def _normalized(column: pd.Series) -> pd.Series:
    """The values in one type, whatever types a file and a database give them."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.astype("datetime64[s]")
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "i":
        return column.astype("int64")
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("Int64")
    return column.astype("str").fillna("")
