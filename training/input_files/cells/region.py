"""Cells of regions: a number or a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.cells.cell import Parsed
from training.input_files.cells.id_text import is_name
from training.input_files.cells.numbers import tidy_digits, to_int64
from training.input_files.limits import LONGEST_TEXT, OTHER_IDS

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Region:
    """A whole number, as its digits, or a name; an empty cell is a missing value."""

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return f"a whole number from {OTHER_IDS.low} to {OTHER_IDS.high}, or a name, or nothing"

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into text: ``3`` for ``3``, ``03`` and ``3.0``."""
        tidy = tidy_digits(text)
        label = pc.coalesce(to_int64(tidy).cast(pa.string()), pc.if_else(pc.equal(tidy, ""), None, tidy))
        distinct = label.dictionary_encode()
        bad = [cell is not None and not self._is_label(cell) for cell in distinct.dictionary.to_pylist()]
        faulty = pc.fill_null(pa.array(bad, pa.bool_()).take(distinct.indices), fill_value=False)
        return Parsed(label, faulty)

    def advice(self, _: Sequence[str]) -> str:
        """Nothing but to correct the cells."""
        return ""

    def _is_label(self, cell: str) -> bool:
        if cell.isascii() and cell.isdecimal():
            return int(cell) <= OTHER_IDS.high
        return len(cell) <= LONGEST_TEXT and is_name(cell)
