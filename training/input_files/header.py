"""Which column of a file holds what: names compared without letter case, blanks and underscores."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from training.input_files.layout import FileLayout

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def normalized(name: str) -> str:
    """A column's name for comparison: ``Store Id`` and ``store-id`` are ``STORE_ID``."""
    return _BETWEEN_WORDS.sub("_", name.upper()).strip("_")


@dataclass(frozen=True)
class HeaderMatch:
    """Where a file's header has the columns of its layout.

    Attributes:
        positions: column of the layout to position in the header.
        missing: columns that the file must have and has not.
        absent: columns that the file may do without, or that the mapping leaves out.
        doubled: column of the layout to the number of times, above one, that it stands in the header.
    """

    positions: dict[str, int]
    missing: tuple[str, ...]
    absent: tuple[str, ...]
    doubled: dict[str, int]


def match_header(layout: FileLayout, header: Sequence[str], mapping: Mapping[str, str | None]) -> HeaderMatch:
    """Find a layout's columns in a header.

    Args:
        layout: the columns.
        header: the names in the file.
        mapping: column of the layout to its name in the files, None where it is left out. A name counts for
            the files that have it; the other files may have the column under the layout's own name.
    """
    names = [normalized(name) for name in header]
    counts = Counter(names)
    wanted = {column: _name_of(column, mapping, counts) for column in layout.columns}
    found = {column: name for column, name in wanted.items() if name is not None and counts[name]}
    omitted = {column for column, name in wanted.items() if name is None}
    lacking = [column for column in layout.columns if column not in found]
    spared = {column for column in lacking if column in omitted or column in layout.optional}
    return HeaderMatch(
        positions={column: names.index(name) for column, name in found.items() if counts[name] == 1},
        missing=tuple(column for column in lacking if column not in spared),
        absent=tuple(column for column in lacking if column in spared),
        doubled={column: counts[name] for column, name in found.items() if counts[name] > 1},
    )


def _name_of(column: str, mapping: Mapping[str, str | None], counts: Mapping[str, int]) -> str | None:
    """The name to look for, None where the mapping leaves the column out."""
    if column not in mapping:
        return column
    name = mapping[column]
    if name is None:
        return None
    return normalized(name) if normalized(name) in counts else column
