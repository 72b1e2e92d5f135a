"""The order lines of all files as arrays, each line with its place in a file."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from quantity.whole_numbers import narrowed
from training.input_files.layout import ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from quantity.whole_numbers import Whole
    from training.input_files.checking.checked_table import CheckedTable

    Ints = npt.NDArray[np.int64]

MISSING: Final = -1
"""Stands for a missing brand or price: they are never below 0."""

_DEFAULTS: Final = {"ORDER_ID": 0, "BRAND_ID": MISSING, "VARIANT_CASE_PRICE_CENTS": MISSING}


@dataclass
class OrderLines:
    """The order lines, checked, in the order of the files.

    Attributes:
        tables: the files.
        columns: column of the layout to its (n,) values, in narrow numbers; dates as days since 1970-01-01.
        starts: first line of each file, and the number of all lines.
    """

    tables: Sequence[CheckedTable]
    columns: dict[str, Whole]
    starts: list[int]

    @classmethod
    def of(cls, tables: Sequence[CheckedTable]) -> OrderLines:
        """Join the files' columns; the tables' blocks are given up on the way, to hold them once."""
        starts = [0, *accumulate(table.rows for table in tables)]
        columns = {
            column: _joined([_values(table, column) for table in tables])
            for column in ORDERS.columns
            if column != "PRODUCT_VARIANT_ID"
        }
        variants = [
            _values(table, "PRODUCT_VARIANT_ID")
            if "PRODUCT_VARIANT_ID" in table.columns
            else columns["PRODUCT_ID"][start:stop]
            for table, (start, stop) in zip(tables, pairwise(starts), strict=True)
        ]
        # What the blocks have left is of use to others.
        pa.default_memory_pool().release_unused()
        return cls(tables, columns | {"PRODUCT_VARIANT_ID": _joined(variants)}, starts)

    def __len__(self) -> int:
        return self.starts[-1]

    def files(self) -> Iterator[tuple[CheckedTable, int, int]]:
        """Each file, its first line, and the line after its last."""
        yield from ((table, *ends) for table, ends in zip(self.tables, pairwise(self.starts), strict=True))

    def places(self, rows: Iterable[int]) -> dict[int, tuple[str, int | None]]:
        """Where lines stand: row to file name and line number."""
        wanted = set(rows)
        places: dict[int, tuple[str, int | None]] = {}
        for table, start, stop in self.files():
            mine = sorted(row for row in wanted if start <= row < stop)
            line_of = table.table.lines([row - start for row in mine]) if mine else {}
            places |= {row: (table.name, line_of.get(row - start)) for row in mine}
        return places


def _values(table: CheckedTable, column: str) -> Whole:
    if column not in table.columns:
        return np.full(table.rows, _DEFAULTS[column], np.int32)
    blocks = table.columns.pop(column)
    return narrowed(np.concatenate([np.empty(0, np.int32), *map(_to_numpy, blocks)]))


def _joined(values: Sequence[Whole]) -> Whole:
    return values[0] if len(values) == 1 else np.concatenate(values)


def _to_numpy(block: pa.Array) -> Ints:
    if pa.types.is_date32(block.type):
        block = block.view(pa.int32())
    if block.null_count:
        block = pc.fill_null(block, MISSING)
    values: Ints = block.to_numpy(zero_copy_only=False)
    return values
