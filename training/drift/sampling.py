"""Samples of pairs and of logged answers by a hash, in SQL: the same ones each time, on every database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, FromClause

_BITS = 20
_ONE, _OTHER = 1_327_217_885, 1_812_433_253
"""Odd numbers below 2^31: a product with an id is below 2^62, and a sum of two is a signed number of 64 bits."""


def some_pairs(table: FromClause, share: float) -> ColumnElement[bool]:
    """Whether a row's store and product are among this share of all pairs."""
    return _hash(table.c.store_id, table.c.product_id) < _threshold(share)


def some_answers(predictions: FromClause, share: float) -> ColumnElement[bool]:
    """Whether a row of the log is among this share of all answers."""
    return _hash(_bits(predictions.c.segment_id, 0, _BITS), predictions.c.line) < _threshold(share)


def _hash(one: ColumnElement[int], other: ColumnElement[int]) -> ColumnElement[Any]:
    """The middle bits of products, twice (Knuth, "The Art of Computer Programming", volume 3, section 6.4)."""
    return _bits(_bits(one * _ONE + other * _OTHER, 16, 31) * _OTHER, 31, _BITS)


def _bits(number: ColumnElement[int], first: int, count: int) -> ColumnElement[Any]:
    return number.bitwise_rshift(first).bitwise_and((1 << count) - 1)


def _threshold(share: float) -> int:
    return round(share * (1 << _BITS))
