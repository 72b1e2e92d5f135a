"""Reads a request's body into arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import MsgspecError
from pydantic import ValidationError

from api.http.errors import invalid_request, too_many_fields
from api.predict.repeated_keys import refuse_repeated_keys
from api.predict.schema import DECODER, TEXT_DECODER, predict_request
from api.predict.text_encoding import UTF8_MARK, refuse_other_encodings
from quantity.online.keys import UNKNOWN

if TYPE_CHECKING:
    import datetime as dt

    from quantity.features.timeline import Ints

Texts = list[str | None]


class Question(NamedTuple):
    """What a request asks.

    Attributes:
        store_id: (n,) stores; `UNKNOWN` where text names one, until `with_numbers` has looked it up.
        product_id: (n,) products, likewise.
        date: the checkout date, or None where it is left out.
        store: (n,) texts that name stores, None at those named by number; None: every pair is named by numbers.
        product: (n,) texts that name products, likewise.
    """

    store_id: Ints
    product_id: Ints
    date: dt.date | None
    store: Texts | None = None
    product: Texts | None = None


class Reader:
    """Reads bodies; it holds no state of its own and may be called from many threads.

    Args:
        max_pairs: most pairs that a request may have.
    """

    def __init__(self, max_pairs: int) -> None:
        self._max_pairs = max_pairs
        # As many as a valid body may have; all checks of a body are made without letting go of the interpreter.
        self._max_quotes = 2 * (4 * max_pairs + 3)
        self._worded = predict_request(max_pairs)

    def read(self, body: bytes) -> Question:
        """What a body asks.

        Raises:
            RefusedError: 422, the body is not a valid request.
        """
        body = body.removeprefix(UTF8_MARK)
        quotes = body.count(b'"')
        # Those inside a text, after a backslash, begin no field.
        if quotes > self._max_quotes and quotes - body.count(b'\\"') > self._max_quotes:
            raise too_many_fields(self._max_pairs)
        try:
            request = DECODER.decode(body)
        except (MsgspecError, UnicodeDecodeError):
            return self._read_texts(body, quotes)
        pairs = request.input
        if not 1 <= len(pairs) <= self._max_pairs:
            return self._read_slowly(body)
        if quotes != _fewest_quotes(len(pairs), 0, request.date) and not _is_date_null(body, quotes, len(pairs)):
            refuse_repeated_keys(body)
        # The objects end here: the kernel would drive them out of the processor's caches.
        return Question(
            np.array([pair.store_id for pair in pairs]), np.array([pair.product_id for pair in pairs]), request.date
        )

    def _read_texts(self, body: bytes, quotes: int) -> Question:
        """Read pairs of which some name a store or a product by text."""
        try:
            request = TEXT_DECODER.decode(body)
        except (MsgspecError, UnicodeDecodeError):
            return self._read_slowly(body)
        pairs = request.input
        if not (1 <= len(pairs) <= self._max_pairs and all(pair.is_named_once for pair in pairs)):
            return self._read_slowly(body)
        store, product = [pair.store or None for pair in pairs], [pair.product or None for pair in pairs]
        texts = 2 * len(pairs) - store.count(None) - product.count(None)
        if quotes != _fewest_quotes(len(pairs), texts, request.date):
            refuse_repeated_keys(body)
        return Question(
            np.array([pair.store_id or UNKNOWN for pair in pairs]),
            np.array([pair.product_id or UNKNOWN for pair in pairs]),
            request.date,
            store,
            product,
        )

    def _read_slowly(self, body: bytes) -> Question:
        """Read a rare but valid spelling, such as the date's placeholder, or say what is wrong."""
        refuse_other_encodings(body)
        try:
            request = dict(self._worded.model_validate_json(body))
        except ValidationError as error:
            raise invalid_request(error) from None
        refuse_repeated_keys(body)
        pairs = request["input"]
        return Question(
            np.array([pair.get("store_id", UNKNOWN) for pair in pairs]),
            np.array([pair.get("product_id", UNKNOWN) for pair in pairs]),
            request["date"],
            [pair.get("store") for pair in pairs],
            [pair.get("product") for pair in pairs],
        )


def _fewest_quotes(pairs: int, texts: int, date: dt.date | None) -> int:
    """Quotation marks of a request without repeated keys; each repeated key adds two."""
    return 2 * (2 * pairs + 1 + texts) + (0 if date is None else 4)


def _is_date_null(body: bytes, quotes: int, pairs: int) -> bool:
    """Whether the two further quotation marks of a request by numbers are those of ``"date": null``."""
    return quotes == _fewest_quotes(pairs, 0, None) + 2 and body.count(b'"date"') == 1
