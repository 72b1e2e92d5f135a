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

    from api.predict.schema import NumberRequest, PredictRequest
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
        shown: whether whoever orders sees the answer.
    """

    store_id: Ints
    product_id: Ints
    date: dt.date | None
    store: Texts | None = None
    product: Texts | None = None
    shown: bool = True


class Reader:
    """Reads bodies; it holds no state of its own and may be called from many threads.

    Args:
        max_pairs: most pairs that a request may have.
    """

    def __init__(self, max_pairs: int) -> None:
        self._max_pairs = max_pairs
        # As many as a valid body may have; all checks of a body are made without letting go of the interpreter.
        self._max_quotes = 2 * (4 * max_pairs + 4)
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
        fewest = _fewest_quotes(len(pairs), 0, request)
        if quotes != fewest and quotes != fewest + _quotes_of_defaults(body, request):
            refuse_repeated_keys(body)
        # The objects end here: the kernel would drive them out of the processor's caches.
        return Question(
            np.array([pair.store_id for pair in pairs]),
            np.array([pair.product_id for pair in pairs]),
            request.date,
            shown=request.shown,
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
        if quotes != _fewest_quotes(len(pairs), texts, request):
            refuse_repeated_keys(body)
        return Question(
            np.array([pair.store_id or UNKNOWN for pair in pairs]),
            np.array([pair.product_id or UNKNOWN for pair in pairs]),
            request.date,
            store,
            product,
            request.shown,
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
            request["shown"],
        )


def _fewest_quotes(pairs: int, texts: int, request: NumberRequest | PredictRequest) -> int:
    """Quotation marks of a request without repeated keys and defaults; each further key adds two."""
    return 2 * (2 * pairs + 1 + texts) + (0 if request.date is None else 4) + (0 if request.shown else 2)


def _quotes_of_defaults(body: bytes, request: NumberRequest) -> int:
    """Quotation marks of ``"date": null`` and ``"shown": true`` in a request by numbers that says so once."""
    is_date_null = request.date is None and body.count(b'"date"') == 1
    is_shown_true = request.shown and body.count(b'"shown"') == 1
    return 2 * (is_date_null + is_shown_true)
