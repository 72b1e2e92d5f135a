"""The content of raw tables as a digest: it tells whether somebody has changed them since they were loaded."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from quantity.raw import RawTables

CHUNK_ROWS = 1_000_000
"""Rows hashed at a time."""


def digest_of_raw(raw: RawTables) -> str:
    """The digest of the tables' rows, in whatever order: SHA-256, hexadecimal."""
    tables = {"order_items": raw.order_items, "product_tags": raw.product_tags, "stores": raw.stores}
    lines = [f"{name} {len(frame)} {_sum_of_hashes(frame):016x}" for name, frame in tables.items()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _sum_of_hashes(frame: pd.DataFrame) -> int:
    total = np.uint64(0)
    for start in range(0, len(frame), CHUNK_ROWS):
        chunk = frame.iloc[start : start + CHUNK_ROWS]
        columns = pd.DataFrame({name: _normalized(chunk[name]) for name in sorted(chunk.columns.astype(str))})
        rows = pd.util.hash_pandas_object(columns, index=False).to_numpy(np.uint64)
        total = np.add(total, rows.sum(dtype=np.uint64), dtype=np.uint64)
    return int(total)


def _normalized(column: pd.Series) -> pd.Series:
    """The values in one type, whatever types a file and a database give them."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.astype("datetime64[s]")
    if pd.api.types.is_numeric_dtype(column):
        return column if column.dtype == np.int64 else column.astype("Int64")
    return column.astype("str").fillna("")
