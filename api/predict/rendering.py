"""An answer's entries as JSON text, written by machine code: whole numbers and fixed words only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.online.native import ascii_codes, native
from quantity.online.predictor import STATUSES

if TYPE_CHECKING:
    from quantity.features.timeline import Ints
    from quantity.online.predictor import Predictions

ITEM_BYTES = 240
"""More than the longest item and its prediction together, whatever 64-bit numbers of cases they hold."""

_STATUS = np.array(STATUSES, dtype=np.bytes_).view(np.uint8).reshape(len(STATUSES), -1)
"""(statuses, characters), zeros behind the shorter ones."""


def render(store_id: Ints, product_id: Ints, predictions: Predictions) -> bytes:
    """``{"predictions":[…],"items":[…]``: the beginning of an answer to (n,) pairs, with n at least 1."""
    text = np.empty(len(store_id) * ITEM_BYTES + ITEM_BYTES, dtype=np.uint8)
    length = write_entries(
        text,
        store_id,
        product_id,
        predictions.status,
        predictions.quantity,
        predictions.typical,
        predictions.low,
        predictions.high,
        _STATUS,
    )
    return text[:length].tobytes()


_PREDICTIONS, _ITEMS, _END = ascii_codes('{"predictions":['), ascii_codes('],"items":['), ascii_codes("]")
_STORE, _PRODUCT = ascii_codes('{"store_id":'), ascii_codes(',"product_id":')
_QUANTITY, _TYPICAL = ascii_codes(',"quantity":'), ascii_codes(',"typical":')
_LOW, _HIGH = ascii_codes(',"low":'), ascii_codes(',"high":')
_NAME, _CLOSE = ascii_codes(',"status":"'), ascii_codes('"}')
_NULL = ascii_codes("null")
_COMMA, _ZERO = ord(","), ord("0")


@native
def write_entries(  # noqa: PLR0917 - machine code takes all it reads as arguments
    text: np.ndarray,
    store_id: np.ndarray,
    product_id: np.ndarray,
    status: np.ndarray,
    quantity: np.ndarray,
    typical: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    names: np.ndarray,
) -> int:
    """Write all entries; returns their length. A 0 is a quantity that there is not."""
    at = write(text, 0, _PREDICTIONS)
    for i in range(len(quantity)):
        at = write_number(text, at, quantity[i])
        text[at] = _COMMA
        at += 1
    at = write(text, at - 1, _ITEMS)
    for i in range(len(quantity)):
        at = write(text, at, _STORE)
        at = write_number(text, at, store_id[i])
        at = write(text, at, _PRODUCT)
        at = write_number(text, at, product_id[i])
        at = write(text, at, _QUANTITY)
        at = write_number(text, at, quantity[i])
        at = write(text, at, _TYPICAL)
        at = write_number(text, at, typical[i])
        at = write(text, at, _LOW)
        at = write_number(text, at, low[i])
        at = write(text, at, _HIGH)
        at = write_number(text, at, high[i])
        at = write(text, at, _NAME)
        at = write(text, at, names[status[i]])
        at = write(text, at, _CLOSE)
        text[at] = _COMMA
        at += 1
    return write(text, at - 1, _END)


@native
def write(text: np.ndarray, at: int, word: np.ndarray) -> int:
    """Write a word, which ends before its first zero; returns where it ends."""
    for character in word:
        if character == 0:
            break
        text[at] = character
        at += 1
    return at


@native
def write_number(text: np.ndarray, at: int, number: int) -> int:
    """Write a whole number, and null for 0; returns where it ends."""
    if number == 0:
        return write(text, at, _NULL)
    end, rest = at, number
    while rest > 0:
        rest //= 10
        end += 1
    rest = number
    for place in range(end - 1, at - 1, -1):
        text[place] = _ZERO + rest % 10
        rest //= 10
    return end
