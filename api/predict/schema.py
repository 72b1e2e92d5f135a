"""What requests and answers look like: the check of the former, the documentation of both."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, create_model, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from api.http.documents import Document

MAX_ID = 2**31 - 1

LEFT_OUT = "string"
"""The documentation page fills in this placeholder; as a date it counts as left out."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Status = Literal["ok", "cold_start", "unknown_store", "unknown_product"]

_BAD_DATE = PydanticCustomError("date", "Input should be a date as YYYY-MM-DD, null, or left out")


def parse_date(value: object) -> dt.date | None:
    """The date that a request is for.

    Raises:
        PydanticCustomError: it is none.
    """
    if value is None or value == LEFT_OUT:
        return None
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise _BAD_DATE
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date", "Input should be a day of the calendar") from None


RequestedDate = Annotated[
    dt.date | None,
    PlainValidator(parse_date),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date"}, {"const": LEFT_OUT}, {"type": "null"}],
            "description": (
                f'Checkout date, `YYYY-MM-DD`. Left out, null or the placeholder "{LEFT_OUT}": today (UTC).'
            ),
        }
    ),
]


# A TypedDict, for 10,000 of them: pydantic-core checks them as strictly, and makes no objects of a class.
@with_config(ConfigDict(extra="forbid", strict=True))
class Pair(TypedDict):
    """A store and a product."""

    store_id: Id
    product_id: Id


class PredictRequest(BaseModel):
    """Pairs to answer, and the date they check out on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    input: list[Pair]
    date: RequestedDate = None


def predict_request(max_pairs: int) -> type[PredictRequest]:
    """`PredictRequest` with 1 to ``max_pairs`` pairs."""
    pairs = Annotated[list[Pair], Field(min_length=1, max_length=max_pairs)]
    return create_model("PredictRequest", __base__=PredictRequest, __doc__=PredictRequest.__doc__, input=(pairs, ...))


class Item(Document):
    """The answer to one pair; the quantities are null where the store or the product is unknown."""

    store_id: int
    product_id: int
    quantity: int | None = Field(description="For planning: cases if the store orders; unbiased in sums over pairs.")
    typical: int | None = Field(description="For pre-filling a cart: median cases, snapped to a number really ordered.")
    low: int | None = Field(description="Lower end of the 80 % range, in cases; at most `quantity` and `typical`.")
    high: int | None = Field(description="Upper end of the 80 % range, in cases; at least `quantity` and `typical`.")
    status: Status = Field(description="`cold_start`: both known, never ordered together.")


class ModelVersion(Document):
    """The model version that answered."""

    name: str
    version: str


class PredictResponse(Document):
    """One prediction and one item per pair, in the order of the request."""

    predictions: list[int | None] = Field(description="The `quantity` of each item.")
    items: list[Item]
    date: dt.date = Field(description="The checkout date answered for.")
    as_of: dt.date = Field(description="The history features use orders strictly before this date.")
    model: ModelVersion
