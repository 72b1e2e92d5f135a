"""Read one CSV file in blocks, check every cell, keep the values."""

from __future__ import annotations

import textwrap
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from training.input_files.blocks import CheckedBlocks
from training.input_files.faults import SHOWN, listing, shown
from training.input_files.lines import UnclosedQuoteError, locate, records
from training.input_files.tables import contradicting_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training.input_files.layout import FileLayout

_LONGEST_HEADER: Final = 300
_NEVER_IN_TEXT: Final = frozenset("\0\ufffd")


@dataclass
class FileScan:
    """What a CSV file holds, or what is wrong with it.

    Attributes:
        columns: column name, as in the layout, to its values, block by block.
        rows: number of data rows.
        problems: one paragraph a fault; empty if the file keeps the contract.
    """

    columns: dict[str, list[pa.Array]] = field(default_factory=dict)
    rows: int = 0
    problems: list[str] = field(default_factory=list)


def scan_csv(path: Path, layout: FileLayout, progress: Callable[[float], None]) -> FileScan:
    """Read a CSV file and check it against its layout.

    Args:
        path: the file; unpacked on the way if its name ends in ``.gz``.
        layout: its columns and what their cells may hold.
        progress: called with the share of the file read so far, 0 to 1.

    Returns:
        Values and problems; whatever the file holds is told as a problem, never raised.
    """
    try:
        return _scan(path, layout, progress)
    except UnclosedQuoteError as error:
        return _failed(path, f"the quoted field that starts on line {error.line} is never closed")
    except (OSError, EOFError, zlib.error) as error:
        return _failed(path, f"cannot be read: {error}")


def _scan(path: Path, layout: FileLayout, progress: Callable[[float], None]) -> FileScan:
    found = records(path)
    header, first_row = next(found, None), next(found, None)
    if header is None:
        return _failed(path, f"is empty; expected a header with the columns {', '.join(layout.columns)}")
    positions, problems = _match_header(path, layout, header.fields)
    if first_row is None:
        problems.append(f"{path.name}: has a header but no rows")
    if not positions or first_row is None:
        return FileScan(problems=problems)
    names = {column: header.fields[position] for column, position in positions.items()}
    blocks = CheckedBlocks(path, layout, names, width=len(header.fields))
    blocks.read(progress)
    problems += blocks.problems()
    if layout.key and not problems:
        problems += _contradictions(path, blocks, layout.key, width=len(header.fields))
    return FileScan(blocks.columns, blocks.rows, problems)


def _match_header(path: Path, layout: FileLayout, header: list[str]) -> tuple[dict[str, int], list[str]]:
    """Where each column of the layout stands, whatever its letter case, and what is wrong."""
    names = [name.strip().upper() for name in header]
    counts = Counter(names)
    problems = [
        f"{path.name}: column {column} stands {counts[column]} times in the header"
        for column in layout.columns
        if counts[column] > 1
    ]
    if missing := [column for column in layout.columns if not counts[column]]:
        problems.append(f"{path.name}: {_missing(missing, header)}")
    return {column: names.index(column) for column in layout.columns if counts[column] == 1}, problems


def _missing(columns: list[str], header: list[str]) -> str:
    if _NEVER_IN_TEXT.intersection(*header):
        return "is not UTF-8 text"
    what = f"column {columns[0]} is" if len(columns) == 1 else f"columns {', '.join(columns)} are"
    return f"{what} missing; the header is {textwrap.shorten(','.join(header), _LONGEST_HEADER)}"


def _contradictions(path: Path, blocks: CheckedBlocks, key: str, width: int) -> list[str]:
    rows = contradicting_rows(blocks.columns, key)
    if not rows:
        return []
    line_of = locate(path, rows[:SHOWN], width)
    keys = pa.chunked_array(blocks.columns[key]).take(rows[:SHOWN]).to_pylist()
    lines = [(line_of.get(row), shown(str(value))) for row, value in zip(rows, keys, strict=False)]
    title = f"{path.name}, column {key}: expected each {key} once, or the same values again"
    return [listing(title, lines, len(rows))]


def _failed(path: Path, problem: str) -> FileScan:
    return FileScan(problems=[f"{path.name}: {problem}"])
