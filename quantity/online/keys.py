"""Ids that are text, and their numbers: looked up in arrays, without a Python object for each."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.ids import positions
from quantity.raw import FIRST_TEXT_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from quantity.features.timeline import Ints

UNKNOWN = 0
"""The number of a text that stands for no id: ids begin at 1."""

_WHOLE_NUMBER = re.compile(r"\+?([0-9]+)(?:\.0+)?")
"""``55``, ``+55``, ``055`` and ``55.0`` are 55, as in the files."""

LARGEST = np.iinfo(np.int32).max


@dataclass(frozen=True)
class KeyIndex:
    """The text ids of all stores, or of all products.

    Keys of the same length in bytes stand together, ascending: such a group is a table of fixed width.

    Attributes:
        text: (b,) uint8 the keys in UTF-8, one behind the other, by length, then ascending.
        count: (l,) int64 how many keys have a length of 0, 1, … bytes.
        number: (n,) int32 the keys' numbers, in the order of ``text``.
    """

    text: np.ndarray
    count: np.ndarray
    number: np.ndarray

    @classmethod
    def build(cls, keys: Sequence[str], numbers: Ints) -> KeyIndex:
        """Index (n,) keys and their (n,) numbers."""
        encoded = [key.encode() for key in keys]
        length = np.fromiter(map(len, encoded), np.int64, len(encoded))
        tables, order = [np.empty(0, np.uint8)], [np.empty(0, np.int64)]
        for width in np.unique(length).tolist():
            at = np.flatnonzero(length == width)
            table = np.array([encoded[i] for i in at.tolist()], dtype=f"S{width}")
            ascending = np.argsort(table)
            tables.append(table[ascending].view(np.uint8))
            order.append(at[ascending])
        numbers_of_text = np.asarray(numbers)[np.concatenate(order)].astype(np.int32)
        return cls(np.concatenate(tables), np.bincount(length, minlength=1), numbers_of_text)

    def __len__(self) -> int:
        """How many keys there are."""
        return len(self.number)

    def numbers_of(self, texts: Sequence[str]) -> Ints:
        """(n,) int64 numbers that (n,) texts stand for, or `UNKNOWN`.

        A text that is no key and a whole number stands for itself, unless it would be the number of another key.
        """
        numbers = self._numbers_of_keys(texts) if len(self) else np.full(len(texts), UNKNOWN, np.int64)
        for at in np.flatnonzero(numbers == UNKNOWN).tolist():
            numbers[at] = self._whole_number(texts[at])
        return numbers

    def text_of(self, number: int) -> str | None:
        """The key with this number, or None where there is none."""
        at = np.flatnonzero(self.number == number)
        if not len(at):
            return None
        length = int(np.searchsorted(np.cumsum(self.count), at[0], side="right"))
        before = int(self.count[:length].sum())
        table, _ = self._tables[length]
        return str(table[at[0] - before].decode())

    def beginning_with(self, text: str, ids: Ints, limit: int) -> list[int]:
        """The numbers of at most so many keys that begin with a text, short keys first.

        Args:
            text: how they begin.
            ids: ascending numbers: others are left out, as keys stay when their store or product is known no longer.
            limit: so many at most.
        """
        prefix = text.encode()
        found: list[int] = []
        for length, (keys, numbers) in self._tables.items():
            if length >= len(prefix) and len(found) < limit:
                first = np.searchsorted(keys, np.bytes_(prefix))
                last = np.searchsorted(keys, np.bytes_(prefix + b"\xff" * (length - len(prefix))), side="right")
                begin = numbers[first:last]
                found += begin[positions(ids, begin)[1]][: limit - len(found)].tolist()
        return found

    def _numbers_of_keys(self, texts: Sequence[str]) -> Ints:
        by_length: defaultdict[int, tuple[list[int], list[bytes]]] = defaultdict(lambda: ([], []))
        for at, text in enumerate(texts):
            encoded = text.encode()
            places, same_length = by_length[len(encoded)]
            places.append(at)
            same_length.append(encoded)
        numbers = np.full(len(texts), UNKNOWN, np.int64)
        for length, (places, same_length) in by_length.items():
            if length in self._tables:
                numbers[places] = _find(np.array(same_length, dtype=f"S{length}"), *self._tables[length])
        return numbers

    @cached_property
    def _tables(self) -> dict[int, tuple[np.ndarray, np.ndarray]]:
        """By length in bytes, the keys, ascending, and their numbers: views of the arrays."""
        tables, byte, first = {}, 0, 0
        for length, count in enumerate(self.count.tolist()):
            if count:
                text = self.text[byte : byte + length * count].view(f"S{length}")
                tables[length] = text, self.number[first : first + count]
            byte, first = byte + length * count, first + count
        return tables

    def _whole_number(self, text: str) -> int:
        spelled = _WHOLE_NUMBER.fullmatch(text)
        number = int(spelled.group(1)) if spelled else UNKNOWN
        return number if number <= (FIRST_TEXT_ID - 1 if len(self) else LARGEST) else UNKNOWN


def _find(asked: np.ndarray, keys: np.ndarray, numbers: np.ndarray) -> Ints:
    """(n,) numbers of (n,) texts among keys of the same length, or `UNKNOWN`."""
    # In ascending order, one search begins where the last one ended, in memory that is near.
    order = np.argsort(asked)
    place, is_key = positions(keys, asked[order])
    found = np.empty(len(asked), np.int64)
    found[order] = np.where(is_key, numbers[place], UNKNOWN)
    return found


def index_keys(frame: pd.DataFrame, kind: str) -> KeyIndex:
    """Index the key table of ``kind``: ``store`` or ``product``."""
    return KeyIndex.build(frame[f"{kind}_key"].tolist(), frame[f"{kind}_id"].to_numpy(np.int64))


NO_KEYS = KeyIndex.build([], np.empty(0, np.int64))
