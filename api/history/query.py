"""Reads the parameters of a question in an address, with faults worded as those of bodies."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.errors import invalid_query, repeated_parameters
from api.predict.schema import RequestedDate
from quantity.raw import MOST_KEY_CHARACTERS

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams

MAX_FOUND = 100

_Id = Annotated[str, Field(min_length=1, max_length=MOST_KEY_CHARACTERS)]


class PairQuery(BaseModel):
    """A store, a product, and a date."""

    model_config = ConfigDict(extra="forbid")

    store_id: _Id = Field(description="The store's id in the files, or its number.", examples=["311"])
    product_id: _Id = Field(description="The product's id in the files, or its number.", examples=["1265"])
    date: RequestedDate = None


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
    schema = shape.model_json_schema()
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": of_name}
        for name, of_name in schema["properties"].items()
    ]
