"""What requests and answers look like: read and written by msgspec, worded and documented by pydantic."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

from msgspec import UNSET, UnsetType
from msgspec.json import Decoder, Encoder
from msgspec.structs import fields
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from api.predict.json_object import STRICT, JsonObject
from api.predict.pair import NumberPair, Pair  # noqa: TC001 - msgspec and pydantic look the types up

LEFT_OUT = "string"
"""The documentation page fills in this placeholder; as a date it counts as left out."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
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


Cases = int | None
Status = Literal["ok", "cold_start", "unknown_store", "unknown_product"]
RequestedDate = Annotated[
    dt.date | None,
    PlainValidator(parse_date),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date"}, {"const": LEFT_OUT}, {"type": "null"}],
            "description": (
                f'Checkout date, `YYYY-MM-DD`. Left out, null or the placeholder "{LEFT_OUT}": today (in `TIME_ZONE`).'
            ),
        }
    ),
]


Shown = Annotated[
    bool,
    Field(
        description="Whether whoever orders sees the answer. It is logged with it: an order follows a number that is "
        "seen, so scores are kept apart by it."
    ),
]


class NumberRequest(JsonObject):
    """Pairs to answer, all by numbers, and the date they check out on."""

    input: list[NumberPair]
    date: RequestedDate = None
    shown: Shown = True


class PredictRequest(JsonObject):
    """Pairs to answer, and the date they check out on."""

    input: list[Pair]
    date: RequestedDate = None
    shown: Shown = True


class NumberItem(JsonObject):
    """The answer to a pair that was asked by numbers."""

    store_id: Annotated[
        int | None, Field(description="Null where `store` is asked and no store was ever called by that text.")
    ]
    product_id: Annotated[
        int | None, Field(description="Null where `product` is asked and no product was ever called by that text.")
    ]
    quantity: Annotated[
        Cases, Field(description="For planning: cases if the store orders; unbiased in sums over pairs.")
    ]
    typical: Annotated[
        Cases, Field(description="For pre-filling a cart: median cases, snapped to a number really ordered.")
    ]
    low: Annotated[Cases, Field(description="Lower end of the 80 % range, in cases; at most `quantity` and `typical`.")]
    high: Annotated[
        Cases, Field(description="Upper end of the 80 % range, in cases; at least `quantity` and `typical`.")
    ]
    status: Annotated[Status, Field(description="`cold_start`: both known, never ordered together.")]


class Item(NumberItem):
    """The answer to one pair; the quantities are null where the store or the product is unknown."""

    store: Annotated[str, Field(description="As asked, where the store is asked by text.")] | UnsetType = UNSET
    product: Annotated[str, Field(description="As asked, where the product is asked by text.")] | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """The model version that answered."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    name: str
    version: str


class PredictResponse(JsonObject):
    """One prediction and one item per pair, in the order of the request."""

    predictions: Annotated[list[Cases], Field(description="The `quantity` of each item.")]
    items: list[Item]
    date: Annotated[dt.date, Field(description="The checkout date answered for.")]
    as_of: Annotated[dt.date, Field(description="The history features use orders strictly before this date.")]
    model: ModelVersion


DECODER = Decoder(NumberRequest)
TEXT_DECODER = Decoder(PredictRequest)
ENCODER = Encoder()


def predict_request(max_pairs: int, name: str = PredictRequest.__name__) -> type[BaseModel]:
    """`PredictRequest` with 1 to ``max_pairs`` pairs as a pydantic model, which words what is wrong with a request.

    Args:
        max_pairs: most pairs.
        name: of the model in the OpenAPI document.
    """
    hints = get_type_hints(PredictRequest, include_extras=True)
    hints["input"] = Annotated[hints["input"], Field(min_length=1, max_length=max_pairs)]
    shape: dict[str, Any] = {
        field.name: (hints[field.name], ... if field.required else field.default) for field in fields(PredictRequest)
    }
    return create_model(name, __config__=STRICT, __doc__=PredictRequest.__doc__, **shape)
