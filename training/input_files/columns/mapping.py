"""``columns.yaml``: own names for the columns."""

from __future__ import annotations

import difflib
from collections import Counter
from typing import TYPE_CHECKING, Any

import yaml

from training.input_files.header import normalized
from training.input_files.layout import COLUMNS, LAYOUTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from yaml.nodes import MappingNode

OMITTABLE = frozenset(column for layout in LAYOUTS for column in layout.omittable)


class MappingError(Exception):
    """The mapping file cannot be used; the message is a paragraph a fault."""


def read_mapping(path: Path) -> dict[str, str | None]:
    """Read a mapping: column of the layout to its name in the files, None where it is left out.

    The file holds a line a column, ``STORE_ID: customer``; ``BRAND_ID: null`` says that the files have no such
    column. A name counts in each file that has it.

    Raises:
        MappingError: it is no such mapping.
    """
    try:
        content = yaml.load(path.read_text("utf-8-sig"), _UniqueKeys)  # noqa: S506  # a safe loader
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MappingError(f"{path.name}: is no YAML: {' '.join(str(error).split())}") from error
    if content is not None and not isinstance(content, dict):
        raise MappingError(f"{path.name}: expected a line a column, such as STORE_ID: customer")
    entries = content or {}
    problems = [problem for key, value in entries.items() if (problem := _fault(key, value))]
    problems += _used_twice(entries.values()) if not problems else []
    if problems:
        raise MappingError("\n".join(f"{path.name}: {problem}" for problem in problems))
    return {normalized(str(key)): None if value is None else str(value) for key, value in entries.items()}


def unused_names(mapping: Mapping[str, str | None], headers: Mapping[str, Iterable[str]]) -> list[str]:
    """Tell the names that no file's header has.

    Args:
        mapping: column of the layout to name.
        headers: file name to the names in its header.
    """
    present = {normalized(name) for header in headers.values() for name in header}
    found = "; ".join(f"{file} has {', '.join(header)}" for file, header in headers.items())
    return [
        f"{column}: no file has a column {name!r}; {found}"
        for column, name in mapping.items()
        if name is not None and normalized(name) not in present
    ]


def _fault(key: object, value: object) -> str:
    column = normalized(str(key))
    if column not in COLUMNS:
        near = difflib.get_close_matches(column, COLUMNS, 1)
        return f"{key}: is no column of ours; " + (f"did you mean {near[0]}?" if near else _known())
    if value is None:
        return "" if column in OMITTABLE else f"{column}: must not be left out"
    if not isinstance(value, str | int | float) or not normalized(str(value)):
        return f"{column}: expected the name of one column in your files, or null"
    return ""


def _known() -> str:
    return f"the columns are {', '.join(column for layout in LAYOUTS for column in layout.columns)}"


def _used_twice(names: Iterable[object]) -> list[str]:
    counts = Counter(normalized(str(name)) for name in names if name is not None)
    return [f"the column {name!r} is named {count} times" for name, count in counts.items() if count > 1]


class _UniqueKeys(yaml.SafeLoader):
    """YAML as is, but for a key that stands twice, of which the last would count in silence."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Refuse repeated keys."""
        keys = Counter(key.value for key, _ in node.value)
        repeated = [key for key, count in keys.items() if count > 1]
        if repeated:
            raise yaml.YAMLError(f"{repeated[0]} stands {keys[repeated[0]]} times")
        return super().construct_mapping(node, deep=deep)
