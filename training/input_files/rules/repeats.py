"""Lines that stand several times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

FEWEST_DISTINCT: Final = 10
"""Fewer distinct lines may all repeat by chance."""

_BLOCK_ROWS: Final = 1 << 16
_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(32)


@dataclass(frozen=True)
class Repeats:
    """The lines that stand several times.

    Attributes:
        rows: every one of them, ascending.
        again: whether each of ``rows`` repeats an earlier line.
    """

    rows: Ints
    again: npt.NDArray[np.bool_]

    @property
    def extra(self) -> Ints:
        """The rows that repeat an earlier one."""
        return self.rows[self.again]

    def doubled(self, start: int, stop: int) -> bool:
        """Whether every one of these rows stands at least twice, and they are too many for chance.

        Args:
            start: first row of a file.
            stop: row after its last.
        """
        first, last = np.searchsorted(self.rows, [start, stop])
        distinct = np.count_nonzero(~self.again) if last - first else 0
        return bool(last - first == stop - start and distinct >= FEWEST_DISTINCT)


def find_repeats(columns: Sequence[Ints]) -> Repeats:
    """Find the rows that are the same in all columns.

    Memory holds a hash of 8 bytes a row, twice; rows of the same hash are compared.

    Args:
        columns: (n,) arrays.
    """
    hashes = hash_rows(columns)
    ordered = np.sort(hashes)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return Repeats(np.empty(0, np.int64), np.empty(0, dtype=bool))
    rows = np.flatnonzero(np.isin(hashes, repeated))
    frame = pd.DataFrame({number: column[rows] for number, column in enumerate(columns)})
    same = frame.duplicated(keep=False).to_numpy()
    return Repeats(rows[same], frame.duplicated().to_numpy()[same])


def hash_rows(columns: Sequence[Ints]) -> npt.NDArray[np.uint64]:
    """(n,) hashes of the rows of (n,) columns, equal for equal rows."""
    hashes = np.empty(len(columns[0]), np.uint64)
    for start in range(0, len(hashes), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        mixed = np.zeros_like(hashes[block])
        for column in columns:
            mixed ^= column[block].astype(np.int64, copy=False).view(np.uint64)
            mixed *= _MULTIPLIER
            mixed ^= mixed >> _SHIFT
        hashes[block] = mixed
    return hashes
