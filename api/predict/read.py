"""Reads a request's body into arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from msgspec import MsgspecError
from pydantic import ValidationError

from api.http.errors import invalid_request, too_many_fields
from api.predict.schema import DECODER, predict_request

if TYPE_CHECKING:
    import datetime as dt

    from quantity.features.timeline import Ints


class Question(NamedTuple):
    """What a request asks.

    Attributes:
        store_id: (n,) stores.
        product_id: (n,) products.
        date: the checkout date, or None where it is left out.
    """

    store_id: Ints
    product_id: Ints
    date: dt.date | None


class Reader:
    """Reads bodies; it holds no state of its own and may be called from many threads.

    Args:
        max_pairs: most pairs that a request may have.
    """

    def __init__(self, max_pairs: int) -> None:
        self._max_pairs = max_pairs
        # Twice as many as a valid body may have; all checks of a body are made without letting go of the interpreter.
        self._max_colons = 2 * (2 * max_pairs + 2)
        self._worded = predict_request(max_pairs)

    def read(self, body: bytes) -> Question:
        """What a body asks.

        Raises:
            RefusedError: 422, the body is not a valid request.
        """
        if body.count(b":") > self._max_colons:
            raise too_many_fields(self._max_pairs)
        try:
            request = DECODER.decode(body)
        except (MsgspecError, UnicodeDecodeError):
            return self._read_slowly(body)
        pairs = request.input
        if not 1 <= len(pairs) <= self._max_pairs:
            return self._read_slowly(body)
        # The objects end here: the kernel would drive them out of the processor's caches.
        return Question(
            np.array([pair.store_id for pair in pairs]), np.array([pair.product_id for pair in pairs]), request.date
        )

    def _read_slowly(self, body: bytes) -> Question:
        """Read a rare but valid spelling, such as the date's placeholder, or say what is wrong."""
        try:
            request = dict(self._worded.model_validate_json(body))
        except ValidationError as error:
            raise invalid_request(error) from None
        pairs = request["input"]
        return Question(
            np.array([pair["store_id"] for pair in pairs]),
            np.array([pair["product_id"] for pair in pairs]),
            request["date"],
        )
