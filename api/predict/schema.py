"""What requests and answers look like: read and written by msgspec, worded and documented by pydantic."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_type_hints

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import fields
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    WithJsonSchema,
    create_model,
    with_config,
)
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

MAX_ID = 2**31 - 1

LEFT_OUT = "string"
"""The documentation page fills in this placeholder; as a date it counts as left out."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_BAD_DATE = PydanticCustomError("date", "Input should be a date as YYYY-MM-DD, null, or left out")
_STRICT = ConfigDict(extra="forbid", strict=True)
_typed_dict: Any = TypedDict


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


# msgspec reads `Meta` and leaves the others to pydantic.
Id = Annotated[int, Meta(ge=1, le=MAX_ID), Field(ge=1, le=MAX_ID)]
Cases = int | None
Status = Literal["ok", "cold_start", "unknown_store", "unknown_product"]
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


class JsonObject(Struct, forbid_unknown_fields=True, gc=False):
    """A JSON object with these fields and no others; to pydantic it is a `TypedDict` of them."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema that pydantic checks and documents the object by."""
        shape = _typed_dict(cls.__name__, get_type_hints(cls, include_extras=True))
        shape.__doc__ = cls.__doc__
        return handler.generate_schema(with_config(_STRICT)(shape))


class Pair(JsonObject):
    """A store and a product."""

    store_id: Id
    product_id: Id


class PredictRequest(JsonObject):
    """Pairs to answer, and the date they check out on."""

    input: list[Pair]
    date: RequestedDate = None


class Item(JsonObject):
    """The answer to one pair; the quantities are null where the store or the product is unknown."""

    store_id: int
    product_id: int
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


DECODER = Decoder(PredictRequest)
ENCODER = Encoder()


def predict_request(max_pairs: int) -> type[BaseModel]:
    """`PredictRequest` with 1 to ``max_pairs`` pairs as a pydantic model, which words what is wrong with a request."""
    hints = get_type_hints(PredictRequest, include_extras=True)
    hints["input"] = Annotated[hints["input"], Field(min_length=1, max_length=max_pairs)]
    shape: dict[str, Any] = {
        field.name: (hints[field.name], ... if field.required else field.default) for field in fields(PredictRequest)
    }
    return create_model(PredictRequest.__name__, __config__=_STRICT, __doc__=PredictRequest.__doc__, **shape)
