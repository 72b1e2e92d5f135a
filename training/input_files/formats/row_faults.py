"""Rows of a delimited text that cannot be read, told with their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.input_files.faults import SHOWN, listing, shown

if TYPE_CHECKING:
    from training.input_files.formats.rows import Record, SortedRows


class RowFaults:
    """Collects the faults of a file's rows.

    Attributes:
        sums: the last row, if it holds sums.
        stopped: whether the rest of the file cannot be read.
    """

    def __init__(self, name: str) -> None:
        """Start with none.

        Args:
            name: the file's name.
        """
        self.sums: Record | None = None
        self.stopped = False
        self._name = name
        self._end = ""
        self._wrong: list[Record] = []
        self._wrong_count = 0
        self._damaged: list[Record] = []
        self._damaged_count = 0

    def add(self, found: SortedRows) -> None:
        """Note the rows of a wrong width, and those with bytes that are no text."""
        self._wrong += found.wrong[: SHOWN - len(self._wrong)]
        self._wrong_count += len(found.wrong)
        self._damaged += found.damaged[: SHOWN - len(self._damaged)]
        self._damaged_count += len(found.damaged)

    def stop(self, problem: str) -> None:
        """Note why the rest of the file cannot be read."""
        self.stopped = True
        self._end = problem

    def told(self, width: int, encoding: str) -> list[str]:
        """The faults, a paragraph each.

        Args:
            width: number of fields of the header.
            encoding: as which the text was read.
        """
        problems = [self._end] if self._end else []
        if self._wrong:
            title = f"{self._name}: expected {width} fields a row, as in the header"
            lines = [(record.line, f"{len(record.fields)} found") for record in self._wrong]
            problems.append(listing(title, lines, self._wrong_count))
        if self._damaged:
            title = (
                f"{self._name}: holds bytes that are no {encoding} text; `--encoding` (INPUT_ENCODING) says what it is"
            )
            lines = [(record.line, shown(_odd_cell(record))) for record in self._damaged]
            problems.append(listing(title, lines, self._damaged_count))
        if self.sums:
            cells = ", ".join(cell for cell in self.sums.fields if cell)
            problems.append(f"{self._name}: line {self.sums.line} is a row of sums ({cells}), no order line; remove it")
        return problems


def not_text(encoding: str) -> str:
    """What is wrong with bytes that the encoding does not know."""
    return f"holds bytes that are no {encoding} text; `--encoding` (INPUT_ENCODING) says what it is"


def _odd_cell(record: Record) -> str:
    return next(cell for cell in record.fields if "\ufffd" in cell)
