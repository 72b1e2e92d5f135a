"""Numbers for ids that are text: decided when all files are read, the same text the same number in every run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from quantity.raw import FIRST_TEXT_ID, MOST_KEY_CHARACTERS, key_frame
from training.input_files.checking.checked_table import FEW
from training.input_files.faults import SHOWN, Fault, listing
from training.input_files.limits import IDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from training.input_files.cells.ids import TextCodes
    from training.input_files.checking.checked_table import CheckedTable

_TEXT_OR_NUMBER = f"a whole number from {IDS.low} to {IDS.high}, or text of at most {MOST_KEY_CHARACTERS} characters"


@dataclass(frozen=True)
class Ids:
    """The ids of stores, or of products, in all files.

    Attributes:
        column: their column.
        codes: the texts among them.
        orders: the tables of orders.
        metadata: the table of stores, or of products, at most one.
    """

    column: str
    codes: TextCodes
    orders: Sequence[CheckedTable]
    metadata: Sequence[CheckedTable]

    def settle(self, *, text_ids: bool | None) -> None:
        """Decide whether text is an id; note faults in the tables where a text is none.

        Args:
            text_ids: whether it is; None: it is where it is not just a few.
        """
        if not self.codes.texts:
            return
        are_ids = self._are_mostly_text() if text_ids is None else text_ids
        allowed = [are_ids and self.codes.is_allowed(text) for text in self.codes.texts]
        faulty = np.array([False, *(not known for known in allowed)])
        for table in self._tables():
            self._note_faults(table, faulty, _TEXT_OR_NUMBER if are_ids else None)

    @property
    def count(self) -> int:
        """The number of ids that are text."""
        return len(self.codes.texts)

    def text_of(self, value: int) -> str:
        """An id as the files have it."""
        return self.codes.texts[-1 - value] if value < 0 else str(value)

    def collisions(self, known: Mapping[str, int]) -> list[str]:
        """Tell whole numbers from the range of numbers that texts are given.

        Args:
            known: text to number, of earlier runs.
        """
        return list(filter(None, map(self._collision, self._tables()))) if self.codes.texts or known else []

    def replace(self, known: Mapping[str, int]) -> pd.DataFrame:
        """Put numbers in the place of texts.

        Args:
            known: text to number, of earlier runs.

        Returns:
            The keys of these files and those known before, as in `RawTables`.
        """
        numbers = _numbered(self.codes.texts, known)
        by_code = pa.array([0, *(numbers[text] for text in self.codes.texts)], pa.int64())
        for table in self._tables() if self.codes.texts else ():
            table.columns[self.column] = [_replaced(block, by_code) for block in table.columns[self.column]]
        return key_frame(self.column.lower().removesuffix("_id"), numbers)

    def _tables(self) -> Iterable[CheckedTable]:
        return [table for table in (*self.orders, *self.metadata) if table.columns.get(self.column)]

    def _are_mostly_text(self) -> bool:
        values = [_values(table, self.column) for table in self.orders if table.columns.get(self.column)]
        distinct = pd.unique(np.concatenate(values)) if values else np.empty(0, np.int64)
        texts = sum(self.codes.is_allowed(self.codes.texts[-1 - code]) for code in distinct[distinct < 0])
        return bool(texts > FEW * (texts + np.count_nonzero(distinct > 0)))

    def _note_faults(self, table: CheckedTable, faulty: npt.NDArray[np.bool_], expected: str | None) -> None:
        values = _values(table, self.column)
        faulty_rows = faulty[np.maximum(-values, 0)]
        faulty_rows[table.headers] = False
        rows = np.flatnonzero(faulty_rows)
        examples = [(int(row), self.codes.texts[-1 - values[row]]) for row in rows[:SHOWN]]
        fault = table.faults[self.column]
        fault.merge(Fault(fault.expected, len(rows), examples))
        fault.expected = expected or fault.expected

    def _collision(self, table: CheckedTable) -> str | None:
        values = _values(table, self.column)
        rows = np.flatnonzero(values >= FIRST_TEXT_ID)
        if not len(rows):
            return None
        line_of = table.table.lines(rows[:SHOWN].tolist())
        lines = [(line_of.get(int(row)), str(values[row])) for row in rows[:SHOWN]]
        title = (
            f"{table.name}, column {self.column}: whole numbers from {FIRST_TEXT_ID:,} on are given to ids that are "
            "text, and the files hold both"
        )
        return listing(title, lines, len(rows), "Write these ids with a letter in front, such as N1073741825.")


def _values(table: CheckedTable, column: str) -> npt.NDArray[np.int64]:
    return np.concatenate([block.to_numpy(zero_copy_only=False) for block in table.columns[column]])


def _numbered(texts: Sequence[str], known: Mapping[str, int]) -> dict[str, int]:
    """The number of each known and each new text: the next numbers go to the new texts in their order."""
    first = max(known.values(), default=FIRST_TEXT_ID - 1) + 1
    new = sorted(set(texts) - set(known))
    return {**known, **{text: first + place for place, text in enumerate(new)}}


def _replaced(block: pa.Int64Array, by_code: pa.Int64Array) -> pa.Int64Array:
    is_code = pc.less(block, 0)
    numbers = by_code.take(pc.if_else(is_code, pc.negate(block), 0))
    return pc.if_else(is_code, numbers, block)
