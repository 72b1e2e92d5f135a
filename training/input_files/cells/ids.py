"""Cells of ids: whole numbers, or text that is given numbers when all files are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.cells.cell import Parsed
from training.input_files.cells.id_text import advice_on_ids, are_id_texts, is_id_text
from training.input_files.cells.numbers import all_within, in_words, plain_numbers, tidy_digits, to_int64, within
from training.input_files.limits import IDS, OTHER_IDS

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT_HASH: Final = 1 << 62
"""Numbers made of text are this and above, where ids that somebody counts do not reach."""


@dataclass
class TextCodes:
    """The texts among the ids of stores, or of products, in all files: each has a code until it has a number.

    Attributes:
        texts: in order of first appearance; the code of a text is ``-1 - position``.
        column: the column's name: a cell that holds it is a second header.
    """

    column: str
    texts: list[str] = field(default_factory=list)
    _codes: dict[str, int] = field(default_factory=dict)

    def code(self, text: str) -> int:
        """The text's code, a new one if it has none."""
        if text not in self._codes:
            self.texts.append(text)
            self._codes[text] = -len(self.texts)
        return self._codes[text]

    def is_allowed(self, text: str) -> bool:
        """Whether the text may be an id."""
        return is_id_text(text) and text.upper() != self.column


@dataclass(frozen=True)
class EntityId:
    """The id of a store or product: a whole number, or any other text, as a negative code.

    No cell is faulty yet: which texts are ids is known when all orders are read.
    """

    codes: TextCodes

    @property
    def expected(self) -> str:
        """What a cell must hold where ids are numbers, in words."""
        return in_words(IDS, required=True)

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into int64: ids, and codes of texts."""
        plain = plain_numbers(text)
        if plain is not None and all_within(plain, IDS):
            return Parsed(plain)
        digits = tidy_digits(text)
        numbers = to_int64(digits)
        inside = within(numbers, IDS)
        return Parsed(pc.if_else(inside, numbers, self._coded(digits, inside)))

    def advice(self, examples: Sequence[str]) -> str:
        """Name the option where ids are text."""
        return advice_on_ids(examples)

    def _coded(self, digits: pa.StringArray, inside: pa.BooleanArray) -> pa.Int64Array:
        distinct = pc.if_else(inside, None, digits).dictionary_encode()
        codes = [self.codes.code(text) for text in distinct.dictionary.to_pylist()]
        return pa.array(codes, pa.int64()).take(distinct.indices)


@dataclass(frozen=True)
class OtherId:
    """The id of an order, brand or variant: a whole number, or any other text, as a number made of the text.

    These ids only tell lines apart. A text's number is its hash, the same in every run.

    Attributes:
        required: whether a cell must hold an id.
    """

    required: bool = True

    @property
    def expected(self) -> str:
        """What a cell must hold, in words."""
        return in_words(OTHER_IDS, required=self.required)

    def parse(self, text: pa.StringArray) -> Parsed:
        """Turn cells into int64."""
        plain = plain_numbers(text)
        if plain is not None:
            return Parsed(plain)
        digits = tidy_digits(text)
        numbers = to_int64(digits)
        hashed = _hashed(pc.if_else(pc.is_null(numbers), digits, None))
        values = pc.coalesce(numbers, hashed)
        faulty = pc.is_null(values)
        if not self.required:
            faulty = pc.and_not(faulty, pc.equal(digits, ""))
        return Parsed(values, faulty, doubtful=pc.is_valid(hashed))

    def advice(self, examples: Sequence[str]) -> str:
        """Name the option where ids are text."""
        return advice_on_ids(examples)


def _hashed(text: pa.StringArray) -> pa.Int64Array:
    """Numbers of texts from 2^62 to 2^63 - 1; null for texts that are no ids."""
    distinct = text.dictionary_encode()
    texts = distinct.dictionary
    hashes = pd.util.hash_array(texts.to_numpy(zero_copy_only=False))
    numbers = pa.array((hashes // np.uint64(4)).astype(np.int64) + _TEXT_HASH)
    return pc.if_else(are_id_texts(texts), numbers, None).take(distinct.indices)
