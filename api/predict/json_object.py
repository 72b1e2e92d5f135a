"""Objects in requests and answers: declared once, for msgspec and for pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, get_args, get_type_hints

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import fields
from pydantic import ConfigDict, GetCoreSchemaHandler, with_config
from typing_extensions import TypedDict

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

STRICT = ConfigDict(extra="forbid", strict=True)
typed_dict: Any = TypedDict
"""`TypedDict`, of fields that are known when the program runs."""


class JsonObject(Struct, forbid_unknown_fields=True, gc=False):
    """A JSON object with these fields and no others; to pydantic it is a `TypedDict` of them."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema that pydantic checks and documents the object by."""
        return handler.generate_schema(with_config(STRICT)(cls.shape()))

    @classmethod
    def shape(cls) -> Any:
        """The `TypedDict`; a field whose default is `UNSET` may be left out."""
        hints = get_type_hints(cls, include_extras=True)
        shape = typed_dict(
            cls.__name__,
            {
                field.name: _not_required(hints[field.name]) if field.default is UNSET else hints[field.name]
                for field in fields(cls)
            },
        )
        shape.__doc__ = cls.__doc__
        return shape


def _not_required(hint: Any) -> Any:
    value, *_ = (part for part in get_args(hint) if part is not UnsetType)
    return NotRequired[value]
