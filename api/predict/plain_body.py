"""A plainly written request, read by machine code: what a JSON library makes of it is most of a large one's time.

Whatever is not so plain (the date before the pairs, a name with escapes, a fault) is left to the check that can say
what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic_core import PydanticCustomError

from api.predict.schema import MAX_ID, parse_date
from quantity.online.native import ascii_codes, native

if TYPE_CHECKING:
    import datetime as dt

    from quantity.features.timeline import Ints

NOT_PLAIN = -1
DATE_BYTES = len("YYYY-MM-DD")


class Asked(NamedTuple):
    """What a request asks for.

    Attributes:
        store_id: (n,) stores.
        product_id: (n,) products.
        date: the checkout date, or None where it is left out.
    """

    store_id: Ints
    product_id: Ints
    date: dt.date | None


def read_plain(body: bytes, pairs: int) -> Asked | None:
    """What a valid request asks for, or None if it is not plainly written or not valid.

    Args:
        body: the request's.
        pairs: most pairs that it may have.
    """
    store_id, product_id = np.empty(pairs, np.int64), np.empty(pairs, np.int64)
    n, at = read_request(np.frombuffer(body, np.uint8), MAX_ID, store_id, product_id)
    if n == 0:
        return None
    try:
        date = parse_date(body[at : at + DATE_BYTES].decode("latin-1")) if at != NOT_PLAIN else None
    except PydanticCustomError:
        return None
    return Asked(store_id[:n], product_id[:n], date)


_INPUT, _DATE, _STORE, _PRODUCT = map(ascii_codes, ('"input"', '"date"', '"store_id"', '"product_id"'))
_SPACE, _TAB, _NEWLINE, _RETURN = map(ord, " \t\n\r")
_ZERO, _NINE = map(ord, "09")
_QUOTE, _COLON, _COMMA = map(ord, '":,')
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST = map(ord, "{}[]")


@native
def read_request(text: np.ndarray, max_id: int, store_id: np.ndarray, product_id: np.ndarray) -> tuple[int, int]:
    """Write the pairs; returns their number, 0 if the text is not plain, and where the date begins, if there is one."""
    at = after_name(text, after(text, 0, _OPEN), _INPUT)
    pair = after(text, at, _OPEN_LIST)
    n = 0
    while pair != NOT_PLAIN:
        if n == len(store_id):
            return 0, NOT_PLAIN
        at = after(text, pair, _OPEN)
        product = after_name(text, at, _PRODUCT)
        if product == NOT_PLAIN:
            store_id[n], at = read_id(text, after_name(text, at, _STORE), max_id)
            product_id[n], at = read_id(text, after_name(text, after(text, at, _COMMA), _PRODUCT), max_id)
        else:
            product_id[n], at = read_id(text, product, max_id)
            store_id[n], at = read_id(text, after_name(text, after(text, at, _COMMA), _STORE), max_id)
        at = after(text, at, _CLOSE)
        n += 1
        pair = after(text, at, _COMMA)
    at = after(text, at, _CLOSE_LIST)
    date = after(text, after_name(text, after(text, at, _COMMA), _DATE), _QUOTE)
    if date != NOT_PLAIN:
        end = date + DATE_BYTES
        at = end + 1 if end < len(text) and text[end] == _QUOTE else NOT_PLAIN
    at = after(text, at, _CLOSE)
    if at == NOT_PLAIN or past_blanks(text, at) != len(text):
        return 0, NOT_PLAIN
    return n, date


@native
def after_name(text: np.ndarray, at: int, name: np.ndarray) -> int:
    """Where the value of the field with this name begins, or `NOT_PLAIN` if another text is here."""
    if at == NOT_PLAIN:
        return NOT_PLAIN
    at = past_blanks(text, at)
    if at + len(name) > len(text):
        return NOT_PLAIN
    for character in name:
        if text[at] != character:
            return NOT_PLAIN
        at += 1
    return after(text, at, _COLON)


@native
def after(text: np.ndarray, at: int, character: int) -> int:
    """Where it goes on after this character, or `NOT_PLAIN` if another one is here."""
    if at == NOT_PLAIN:
        return NOT_PLAIN
    at = past_blanks(text, at)
    return at + 1 if at < len(text) and text[at] == character else NOT_PLAIN


@native
def past_blanks(text: np.ndarray, at: int) -> int:
    """Where the next character is that is no white space, or the end."""
    while at < len(text) and text[at] in (_SPACE, _TAB, _NEWLINE, _RETURN):
        at += 1
    return at


@native
def read_id(text: np.ndarray, at: int, max_id: int) -> tuple[int, int]:
    """An id of at most ``max_id`` and where it ends, which is `NOT_PLAIN` if none is here."""
    if at == NOT_PLAIN:
        return 0, NOT_PLAIN
    at = past_blanks(text, at)
    number, begin = 0, at
    while at < len(text) and _ZERO <= text[at] <= _NINE and number <= max_id:
        number = 10 * number + (text[at] - _ZERO)
        at += 1
    if at == begin or text[begin] == _ZERO or number > max_id:
        return 0, NOT_PLAIN
    return number, at
