"""What requests and answers look like: the check of the former, the documentation of both."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, create_model, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

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


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Item(_Answer):
    """The answer to one pair; the quantities are null where the store or the product is unknown."""

    store_id: int
    product_id: int
    quantity: int | None = Field(description="For planning: cases if the store orders; unbiased in sums over pairs.")
    typical: int | None = Field(description="For pre-filling a cart: median cases, snapped to a number really ordered.")
    low: int | None = Field(description="Lower end of the 80 % range, in cases; at most `quantity` and `typical`.")
    high: int | None = Field(description="Upper end of the 80 % range, in cases; at least `quantity` and `typical`.")
    status: Status = Field(description="`cold_start`: both known, never ordered together.")


class ModelVersion(_Answer):
    """The model version that answered."""

    name: str
    version: str


class PredictResponse(_Answer):
    """One prediction and one item per pair, in the order of the request."""

    predictions: list[int | None] = Field(description="The `quantity` of each item.")
    items: list[Item]
    date: dt.date = Field(description="The checkout date answered for.")
    as_of: dt.date = Field(description="The history features use orders strictly before this date.")
    model: ModelVersion


class Failure(_Answer):
    """Why the last attempt to load something new failed; what was served before goes on."""

    reason: str
    version: str | None
    at: dt.datetime


class Features(_Answer):
    """The features snapshot in memory."""

    as_of: dt.date
    snapshot_id: int
    publication: str
    created_at: dt.datetime
    loaded_at: dt.datetime
    source: Literal["database", "local copy"]
    stores: int
    products: int
    pairs: int


class ModelResponse(_Answer):
    """The model in memory; with none, `detail` says what to run and the status is 503."""

    detail: str | None = None
    name: str
    alias: str
    version: str | None
    run_id: str | None
    trained_at: dt.datetime | None
    loaded_at: dt.datetime | None
    source: Literal["registry", "local copy"] | None
    metrics: dict[str, float | None]
    features: Features | None
    errors: dict[str, Failure] = Field(description="By source, `model` or `snapshot`; empty if all is well.")


class PingResponse(_Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadyResponse(_Answer):
    """Whether predictions can be answered, and what is missing or not as it should be."""

    status: Literal["ready", "not ready"]
    reasons: list[str] = Field(description="What is missing; empty when ready.")
    notes: list[str] = Field(description="What is not as it should be, such as serving from the local copy.")
    model: ModelVersion | None
    as_of: dt.date | None


class Fault(_Answer):
    """One fault of a request."""

    loc: list[str | int] = Field(description="Where it is.")
    msg: str = Field(description="What is wrong.")
    type: str


class InvalidRequest(_Answer):
    """The first faults of a request and how many there are."""

    detail: list[Fault]
    error_count: int


class Problem(_Answer):
    """Why there is no answer."""

    detail: str
