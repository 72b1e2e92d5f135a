"""The input files opened, their headers matched: what is missing is told with a proposed mapping."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from training.input_files.columns.mapping import unused_names
from training.input_files.columns.proposal import SAMPLE_ROWS, propose
from training.input_files.header import HeaderMatch, match_header, normalized
from training.input_files.layout import ORDERS, PRODUCTS, STORES
from training.input_files.text_table import TextTable, UnusableFileError, open_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from training.input_files.find import InputFiles
    from training.input_files.layout import FileLayout

_LONGEST_HEADER: Final = 300


@dataclass(frozen=True)
class OpenedFile:
    """A file whose columns are found.

    Attributes:
        layout: what it should hold.
        table: its rows, not yet read.
        match: where its columns stand.
        problems: what is wrong with the header, a paragraph each.
    """

    layout: FileLayout
    table: TextTable
    match: HeaderMatch
    problems: tuple[str, ...]


def open_tables(
    files: InputFiles, mapping: Mapping[str, str | None], encoding: str | None
) -> tuple[list[OpenedFile], list[str]]:
    """Open all files and match their headers.

    Args:
        files: the files.
        mapping: column of the layout to its name in the files, None where it is left out.
        encoding: of text, where it is not to be found out.

    Returns:
        The files, orders first, those with problems in the header, too; and what prevents opening the others, a
        paragraph each.
    """
    opened, problems = [], []
    for layout, path in _paths(files):
        try:
            table = open_table(path, encoding, known=_known(layout, mapping))
        except UnusableFileError as error:
            problems.append(str(error))
            continue
        match = match_header(layout, table.header, mapping)
        opened.append(OpenedFile(layout, table, match, tuple(_header_problems(layout, table, match, encoding))))
    if files.mapping and not problems:
        unused = unused_names(mapping, {file.table.path.name: file.table.header for file in opened})
        problems += [f"{files.mapping.name}: {problem}" for problem in unused]
    return opened, problems


def _known(layout: FileLayout, mapping: Mapping[str, str | None]) -> tuple[str, ...]:
    """The normalized names that a file's header may show, its own first."""
    return (*layout.columns, *(normalized(name) for name in mapping.values() if name))


def _paths(files: InputFiles) -> Iterator[tuple[FileLayout, Path]]:
    yield from ((ORDERS, path) for path in files.orders)
    yield from ((layout, path) for layout, path in ((PRODUCTS, files.products), (STORES, files.stores)) if path)


def _header_problems(layout: FileLayout, table: TextTable, match: HeaderMatch, encoding: str | None) -> Iterator[str]:
    name = table.path.name
    for column, count in match.doubled.items():
        yield f"{name}: column {column} stands {count} times in the header"
    if match.missing:
        missing = match.missing
        what = f"column {missing[0]} is" if len(missing) == 1 else f"columns {', '.join(missing)} are"
        header = textwrap.shorten(",".join(table.header), _LONGEST_HEADER)
        yield f"{name}: {what} missing; the header is {header}\n{_advice(layout, table, match, encoding)}"


def _advice(layout: FileLayout, table: TextTable, match: HeaderMatch, encoding: str | None) -> str:
    """A mapping to be saved, from the names and the first rows."""
    header = table.header
    # A table is read once.
    sample = open_table(table.path, encoding, known=layout.columns)
    rows = next(iter(sample.batches(range(len(header)), lambda _: None)), None)
    taken = [header[position] for position in match.positions.values()]
    proposed = propose(layout, match.missing, header, taken, rows[:SAMPLE_ROWS] if rows else None)
    intro = "If the columns have other names, save this as columns.yaml beside the file, corrected where it is wrong:"
    return textwrap.indent(f"{intro}\n{textwrap.indent(proposed, '  ')}", "  ")
