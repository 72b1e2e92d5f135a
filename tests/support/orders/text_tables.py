"""A file's table, read in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.input_files.layout import ORDERS, PRODUCTS, STORES
from training.input_files.text_table import FileDescription, SkippedRows, UnusableFileError, open_table

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

KNOWN = {"order": ORDERS.columns, "product": PRODUCTS.columns, "store": STORES.columns}


@dataclass(frozen=True)
class ReadTable:
    """What a file holds, and what was said about it."""

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[int]
    description: FileDescription
    skipped: SkippedRows
    faults: list[str]


def read_table(
    path: Path,
    encoding: str | None = None,
    known: Collection[str] | None = None,
    positions: Sequence[int] | None = None,
) -> ReadTable:
    """All the rows with all their lines.

    Args:
        path: the file.
        encoding: as the user says.
        known: names to look for; by default those of the layout that the file's name tells.
        positions: the columns to read, by default all.
    """
    if known is None:
        known = next(names for word, names in KNOWN.items() if word in path.name.lower())
    table = open_table(path, encoding, known=known)
    wanted = range(len(table.header)) if positions is None else positions
    rows = [
        row
        for batch in table.batches(wanted, lambda _: None)
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
    lines = table.lines(range(len(rows)))
    return ReadTable(
        table.header, rows, [lines[row] for row in range(len(rows))], table.description, table.skipped, table.faults
    )


def refusal(path: Path, encoding: str | None = None, known: Collection[str] | None = None) -> str:
    """Why a file cannot be used; empty if it can."""
    try:
        read_table(path, encoding, known)
    except UnusableFileError as error:
        return str(error)
    return ""
