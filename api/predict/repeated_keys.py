"""Keys that an object of a body has more than once: parsers keep the last one without a word."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from api.http.errors import repeated_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

Place = tuple[int | str, ...]


class _Object(list[tuple[str, Any]]):
    """An object's keys and values, as often as they are written."""


def refuse_repeated_keys(body: bytes) -> None:
    """See that no object has a key twice.

    Args:
        body: JSON that a parser has accepted.

    Raises:
        RefusedError: 422, a key is repeated.
    """
    # Numbers are of no interest here, and those of thousands of digits are no Python number.
    document = json.loads(body, object_pairs_hook=_Object, parse_int=len, parse_float=len)
    if places := list(_repeated(document, ())):
        raise repeated_keys(places)


def _repeated(node: Any, place: Place) -> Iterator[Place]:
    if isinstance(node, _Object):
        yield from ((*place, key) for key, count in Counter(key for key, _ in node).items() if count > 1)
        for key, value in node:
            yield from _repeated(value, (*place, key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from _repeated(value, (*place, i))
