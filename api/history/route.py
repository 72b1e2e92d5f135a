"""The endpoints about pairs, stores and products."""

import datetime as dt
from typing import Final, Protocol

import numpy as np
from fastapi import FastAPI, Request, Response

from api.history import schema
from api.history.query import PairQuery, SearchQuery, read_query
from api.history.schema import (
    FeatureValue,
    FoundProduct,
    FoundStore,
    HistoryResponse,
    PastOrder,
    ProductsResponse,
    StoresResponse,
    Usual,
)
from api.history.search import Found, number_of, search
from api.http.errors import not_found, not_ready
from api.http.json_documents import JsonResponse
from api.predict.schema import ModelVersion
from api.serving.memory import ActivePair
from api.serving.order_history import OrderHistory
from api.serving.rows import named_row, packs_of
from quantity.feature_words import meaning_of, value_of
from quantity.features.definitions import ATTRIBUTES, NUMERIC_INPUTS
from quantity.online.keys import KeyIndex
from quantity.online.statuses import STATUSES
from quantity.settings import Settings

PATH: Final = "/quantity/history"


class Service(Protocol):
    """What the endpoints need of the service."""

    @property
    def settings(self) -> Settings:
        """Of the program."""

    @property
    def active_pair(self) -> ActivePair | None:
        """The model version and the snapshot to answer from."""

    @property
    def order_history(self) -> OrderHistory | None:
        """The last orders of each pair, where they are kept."""

    def why_no_order_history(self) -> str:
        """What stands in their way."""

    def missing(self) -> list[str]:
        """What answers wait for, and what to run."""


class HistoryRoutes:
    """`GET /quantity/history`, `GET /quantity/stores` and `GET /quantity/products`: all from memory.

    Args:
        service: what they tell of.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def add_to(self, app: FastAPI) -> None:
        """Register the endpoints."""
        app.add_api_route(PATH, self.history, methods=["GET"], **schema.HISTORY)
        app.add_api_route("/quantity/stores", self.stores, methods=["GET"], **schema.STORES)
        app.add_api_route("/quantity/products", self.products, methods=["GET"], **schema.PRODUCTS)

    async def history(self, request: Request) -> Response:
        """Tell a pair's last orders, the features that the model reads for the date, and usual quantities."""
        asked = read_query(PairQuery, request.query_params)
        return JsonResponse(self._of(asked, self._active_pair()))

    async def stores(self, request: Request) -> Response:
        """Tell the stores whose id begins with what is typed."""
        found = self._search(request, "store")
        return JsonResponse(StoresResponse(stores=[FoundStore(store_id=n, store=text) for n, text in found]))

    async def products(self, request: Request) -> Response:
        """Tell the products whose id begins with what is typed."""
        found = self._search(request, "product")
        return JsonResponse(ProductsResponse(products=[FoundProduct(product_id=n, product=text) for n, text in found]))

    def _search(self, request: Request, kind: str) -> list[Found]:
        asked = read_query(SearchQuery, request.query_params)
        features = self._active_pair().snapshot.features
        ids, keys = getattr(features, f"{kind}_id"), getattr(features, f"{kind}_keys")
        return search(ids, keys, asked.search.strip(), asked.limit)

    def _active_pair(self) -> ActivePair:
        pair = self._service.active_pair
        if pair is None:
            raise not_ready(self._service.missing(), self._service.settings.api_poll_seconds)
        return pair

    def _of(self, asked: PairQuery, pair: ActivePair) -> HistoryResponse:
        features, date = pair.snapshot.features, asked.date or self._service.settings.today()
        store_id = number_of(asked.store_id, features.store_keys)
        product_id = number_of(asked.product_id, features.product_keys)
        status, rows = pair.predictor.features(np.array([store_id]), np.array([product_id]), date)
        known = STATUSES[int(status[0])]
        if known == "unknown_store":
            raise not_found(_unknown("store", asked.store_id))
        if known == "unknown_product":
            raise not_found(_unknown("product", asked.product_id))
        history = self._service.order_history
        row = named_row(rows[0], pair.model.compiled.labels)
        usual = {scope: value_of(f"qty_mode_{scope}", row) for scope in ("store_product", "product", "store")}
        return HistoryResponse(
            store_id=store_id,
            product_id=product_id,
            store=_text(features.store_keys, store_id),
            product=_text(features.product_keys, product_id),
            status="ok" if known == "ok" else "cold_start",
            orders=None if history is None else _orders(history.orders_of(store_id, product_id)),
            detail=self._service.why_no_order_history() if history is None else None,
            usual=Usual.model_validate(
                {"pair": usual["store_product"], "product": usual["product"], "store": usual["store"]}
            ),
            packs=packs_of(product_id, pair.model.compiled.rule),
            features=[_feature(name, row) for name in (*NUMERIC_INPUTS, *ATTRIBUTES)],
            date=date,
            as_of=pair.snapshot.info.as_of_date,
            model=ModelVersion(pair.model.info.name, pair.model.version),
        )


def _unknown(kind: str, asked: str) -> str:
    return f"the snapshot does not know {kind} {asked!r}: GET /quantity/{kind}s?search= tells which there are"


def _text(keys: KeyIndex, number: int) -> str | None:
    return keys.text_of(number) if len(keys) else None


def _orders(orders: list[tuple[dt.date, int]]) -> list[PastOrder]:
    return [PastOrder(date=date, quantity=quantity) for date, quantity in orders]


def _feature(name: str, row: dict[str, float | str | None]) -> FeatureValue:
    meaning = meaning_of(name)
    return FeatureValue(name=name, label=meaning.label, value=value_of(name, row), unit=meaning.unit)
