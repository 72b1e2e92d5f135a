"""What the answers about a pair look like, and what the OpenAPI document says of the endpoints."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic looks the types up
from typing import Any, Final, Literal

from pydantic import Field

from api.history.query import PairQuery, SearchQuery, documented
from api.http.json_documents import Document, InvalidRequest, Problem
from api.predict.schema import ModelVersion  # noqa: TC001 - as above
from quantity.feature_words import Unit  # noqa: TC001 - as above


class PastOrder(Document):
    """What a store ordered of a product on a day."""

    date: dt.date
    quantity: int = Field(description="Cases.")


class FeatureValue(Document):
    """A feature of the pair, as the model reads it for the date."""

    name: str
    label: str = Field(description="What it is, in words.")
    value: float | str | None = Field(description="Null where it is missing.")
    unit: Unit


class Usual(Document):
    """The most frequent quantities, in cases; null where there are no orders."""

    pair: float | None
    product: float | None
    store: float | None


class HistoryResponse(Document):
    """What is known of a pair."""

    store_id: int
    product_id: int
    store: str | None = Field(description="The store's id in the files, where that is text.")
    product: str | None = Field(description="The product's, likewise.")
    status: Literal["ok", "cold_start"] = Field(description="`cold_start`: never ordered together.")
    orders: list[PastOrder] | None = Field(
        description="The last orders before `as_of`, at most 60, the oldest first; null where they are not kept."
    )
    detail: str | None = Field(description="Why there are no orders to tell; null where there are.")
    usual: Usual
    packs: list[int] = Field(
        description="The quantities that the product is really ordered in, where enough orders tell."
    )
    features: list[FeatureValue]
    date: dt.date = Field(description="The checkout date that the features are for.")
    as_of: dt.date = Field(description="The history features use orders strictly before this date.")
    model: ModelVersion


class FoundStore(Document):
    """A store."""

    store_id: int
    store: str | None = Field(description="Its id in the files, where that is text.")


class FoundProduct(Document):
    """A product."""

    product_id: int
    product: str | None = Field(description="Its id in the files, where that is text.")


class StoresResponse(Document):
    """The first stores whose id begins so."""

    stores: list[FoundStore]


class ProductsResponse(Document):
    """The first products whose id begins so."""

    products: list[FoundProduct]


_REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    422: {"model": InvalidRequest, "description": "The place and the reason of each fault."},
    503: {"model": Problem, "description": "No model or no features yet, and what to run."},
}

HISTORY: Final[dict[str, Any]] = {
    "summary": "What is known of a pair",
    "tags": ["quantity"],
    "responses": {
        200: {"model": HistoryResponse},
        404: {"model": Problem, "description": "The snapshot does not know the store or the product."},
        **_REFUSED,
    },
    "openapi_extra": {"parameters": documented(PairQuery)},
}
STORES: Final[dict[str, Any]] = {
    "summary": "Search stores by id",
    "tags": ["quantity"],
    "responses": {200: {"model": StoresResponse}, **_REFUSED},
    "openapi_extra": {"parameters": documented(SearchQuery)},
}
PRODUCTS: Final[dict[str, Any]] = STORES | {
    "summary": "Search products by id",
    "responses": {200: {"model": ProductsResponse}, **_REFUSED},
}
