"""Columns of cells as text: rows of nothing, left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.formats.rows import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence


def batch_of(columns: Sequence[pa.Array]) -> pa.RecordBatch:
    """The columns side by side; their names are their positions."""
    return pa.RecordBatch.from_arrays(list(columns), names=[str(position) for position in range(len(columns))])


def rows_of_text(rows: Sequence[Sequence[str]], positions: Sequence[int]) -> pa.RecordBatch:
    """Rows of cells as columns of text."""
    return batch_of([pa.array([row[position] for row in rows], pa.string()) for position in positions])


def holding(batch: pa.RecordBatch) -> pa.BooleanArray | None:
    """Which rows hold anything; None if all do."""
    blank = None
    for column in batch.columns:
        if blank is None and pc.all(pc.ascii_is_decimal(column), min_count=0).as_py():
            return None
        nothing = pc.equal(pc.utf8_trim(column, NOTHING), "")
        blank = nothing if blank is None else pc.and_(blank, nothing)
        if not pc.any(blank, min_count=0).as_py():
            return None
    return None if blank is None else pc.invert(blank)
