"""Reads the parameters of a question in an address, with faults worded as those of bodies."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from api.http.errors import invalid_query, repeated_parameters
from api.predict.pair import KINDS, MAX_ID
from api.predict.schema import RequestedDate
from quantity.raw import MOST_KEY_CHARACTERS

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

MAX_FOUND = 100

_Id = Annotated[int | None, Field(ge=1, le=MAX_ID)]
_Text = Annotated[str | None, Field(min_length=1, max_length=MOST_KEY_CHARACTERS)]


class PairQuery(BaseModel):
    """A store, by number or by text, a product, likewise, and a date."""

    model_config = ConfigDict(extra="forbid")

    store_id: _Id = Field(None, description="The store's number.")
    store: _Text = Field(None, description="The store's id as in the files, where that is text, in the number's place.")
    product_id: _Id = Field(None, description="The product's number.")
    product: _Text = Field(None, description="The product's id as in the files, in the number's place.")
    date: RequestedDate = None

    @model_validator(mode="after")
    def _each_named_once(self) -> Self:
        for kind in KINDS:
            if (getattr(self, f"{kind}_id") is None) is (getattr(self, kind) is None):
                raise PydanticCustomError("named_once", f"Input should name the {kind} by {kind}_id or by {kind}")
        return self


class SearchQuery(BaseModel):
    """How an id begins, and how many to tell."""

    model_config = ConfigDict(extra="forbid")

    search: str = Field("", max_length=MOST_KEY_CHARACTERS, description="What the id begins with; empty is any.")
    limit: int = Field(20, ge=1, le=MAX_FOUND, description="So many at most.")


Q = TypeVar("Q", bound=BaseModel)


def read_query(shape: type[Q], parameters: QueryParams) -> Q:
    """The parameters of an address.

    Raises:
        RefusedError: 422, with the place and the reason of each fault.
    """
    counts = Counter(name for name, _ in parameters.multi_items())
    if repeated := [name for name, count in counts.items() if count > 1]:
        raise repeated_parameters(repeated)
    try:
        return shape.model_validate(dict(parameters))
    except ValidationError as error:
        raise invalid_query(error) from None


def documented(shape: type[BaseModel]) -> list[dict[str, Any]]:
    """The parameters as the OpenAPI document has them."""
    properties = shape.model_json_schema()["properties"]
    return [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in properties.items()]
