"""A store and a product in a request, each named by its number or by the text that is its id in the files."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, NotRequired

from msgspec import UNSET, Meta, UnsetType
from pydantic import ConfigDict, Field, GetCoreSchemaHandler, PlainValidator, TypeAdapter, with_config
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import no_info_wrap_validator_function

from api.predict.json_object import STRICT, JsonObject, typed_dict
from quantity.raw import MOST_KEY_CHARACTERS

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

MAX_ID = 2**31 - 1

KINDS = ("store", "product")

# msgspec reads `Meta` and leaves the others to pydantic.
Id = Annotated[int, Meta(ge=1, le=MAX_ID), Field(ge=1, le=MAX_ID)]
Text = Annotated[
    str,
    Meta(min_length=1, max_length=MOST_KEY_CHARACTERS),
    Field(min_length=1, max_length=MOST_KEY_CHARACTERS),
]
StoreText = Annotated[
    Text, Field(description="The store's id as in the files, where that is text.", examples=["S-001"])
]
ProductText = Annotated[
    Text, Field(description="The product's id as in the files, where that is text.", examples=["85123A"])
]


class NumberPair(JsonObject):
    """A store and a product, both by number: most requests have no others."""

    store_id: Id
    product_id: Id


class Pair(JsonObject):
    """A store, by `store_id` or by `store`, and a product, by `product_id` or by `product`."""

    store_id: Id | UnsetType = UNSET
    store: StoreText | UnsetType = UNSET
    product_id: Id | UnsetType = UNSET
    product: ProductText | UnsetType = UNSET

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Documented as one object, checked as an object of the fields that name this pair."""
        once: dict[str, Any] = {
            "allOf": [{"oneOf": [{"required": [f"{kind}_id"]}, {"required": [kind]}]} for kind in KINDS]
        }
        documented = with_config(STRICT | ConfigDict(json_schema_extra=once))(cls.shape())
        return no_info_wrap_validator_function(lambda pair, _: _checked(pair), handler.generate_schema(documented))

    @property
    def is_named_once(self) -> bool:
        """Whether there is one name for the store, and one for the product."""
        return (self.store_id is UNSET) is not (self.store is UNSET) and (
            (self.product_id is UNSET) is not (self.product is UNSET)
        )


def _checked(pair: object) -> object:
    names = pair if isinstance(pair, dict) else {}
    by_text = (kind in names and f"{kind}_id" not in names for kind in KINDS)
    return _named(*by_text).validate_python(pair)


@cache
def _named(*by_text: bool) -> TypeAdapter[Any]:
    """A pair whose store is named by text or not, and whose product is; pydantic says what is wrong with another."""
    hints: dict[str, Any] = {}
    for kind, text in zip(KINDS, by_text, strict=True):
        hints |= {kind: Text} if text else {f"{kind}_id": Id, kind: NotRequired[_NotBoth]}
    return TypeAdapter(with_config(STRICT)(typed_dict(Pair.__name__, hints)))


def _refuse(_text: object) -> None:
    raise PydanticCustomError("named_twice", "Input should name it by number or by text, not by both")


_NotBoth = Annotated[str, PlainValidator(_refuse)]
