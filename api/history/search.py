"""Which stores and products there are, narrowed down by how their ids begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from api.predict.pair import MAX_ID
from quantity.online.keys import UNKNOWN

if TYPE_CHECKING:
    from quantity.features.timeline import Ints
    from quantity.online.keys import KeyIndex


class Found(NamedTuple):
    """A store or a product.

    Attributes:
        number: of it.
        text: its id in the files, where that is text.
    """

    number: int
    text: str | None


def number_of(asked: str, keys: KeyIndex) -> int:
    """The number of a store or a product that is asked for by its text or its number, or `UNKNOWN`.

    Args:
        asked: as people write it; of two readings the text is right.
        keys: the texts.
    """
    text = asked.strip()
    number = int(keys.numbers_of([text])[0])
    is_number = text.isascii() and text.isdecimal() and int(text) <= MAX_ID
    return int(text) if number == UNKNOWN and is_number else number


def search(ids: Ints, keys: KeyIndex, begins: str, limit: int) -> list[Found]:
    """Those whose number or text begins with what is typed, the shortest first.

    Args:
        ids: (n,) known numbers, ascending.
        keys: their texts.
        begins: what is typed; empty is any.
        limit: so many at most.
    """
    numbers = [*_by_number(ids, begins, limit), *_by_text(ids, keys, begins, limit)]
    return [Found(number, keys.text_of(number) if len(keys) else None) for number in dict.fromkeys(numbers)][:limit]


def _by_number(ids: Ints, begins: str, limit: int) -> list[int]:
    if not begins:
        return [int(number) for number in ids[:limit]]
    if not (begins.isascii() and begins.isdecimal()) or begins.startswith("0"):
        return []
    found: list[int] = []
    low, high = int(begins), int(begins) + 1
    while low <= MAX_ID and len(found) < limit:
        first, last = np.searchsorted(ids, [low, high]).tolist()
        found += ids[first : min(last, first + limit - len(found))].tolist()
        low, high = 10 * low, 10 * high
    return found


def _by_text(ids: Ints, keys: KeyIndex, begins: str, limit: int) -> list[int]:
    if not begins:
        return []
    spellings = dict.fromkeys((begins, begins.upper(), begins.lower()))
    return [number for spelling in spellings for number in keys.beginning_with(spelling, ids, limit)]
