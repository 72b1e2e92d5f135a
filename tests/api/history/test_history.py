"""`GET /quantity/history`, `/quantity/stores` and `/quantity/products`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from api.history.search import search
from api.serving.order_history import OrderHistory
from quantity.features.definitions import NUMERIC_INPUTS
from quantity.online.keys import NO_KEYS, KeyIndex
from quantity.raw import FIRST_TEXT_ID
from tests.support.api.apps import App, AppOn, loaded_app, make_settings, running
from tests.support.api.memory_source import MemorySource
from tests.support.api.past_orders import naive, pieces_of
from tests.support.api.small_market import (
    UNKNOWN_PRODUCT,
    UNKNOWN_STORE,
    model,
    model_in_memory,
    pairs,
    raw_tables,
    snapshot_in_memory,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "/quantity/history"
DATE = "2024-05-03"


def history() -> OrderHistory:
    info = snapshot_in_memory().info
    return OrderHistory.build(info.publication, info.as_of_date, 60, pieces_of(raw_tables().order_items, 1))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppOn]:
    settings = make_settings(tmp_path_factory.mktemp("history"))
    app = AppOn(settings, MemorySource(model_in_memory()), MemorySource(snapshot_in_memory()), MemorySource(history()))
    with running(app):
        yield app


def told(app: AppOn, **parameters: object) -> dict[str, Any]:
    answer = app.client.get(URL, params={name: str(value) for name, value in parameters.items()})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_pair_has_its_last_orders_and_the_features_that_the_model_reads(app: AppOn) -> None:
    as_of = snapshot_in_memory().info.as_of_date
    expected = naive(raw_tables().order_items, as_of, 60)
    latest = snapshot_in_memory().features
    assert len(latest.store_id) > 5
    for store, product in pairs().ordered[::25]:
        body = told(app, store_id=store, product_id=product, date=DATE)
        assert [(order["date"], order["quantity"]) for order in body["orders"]] == [
            (str(date), quantity) for date, quantity in expected[store, product]
        ]
        assert (body["status"], body["as_of"], body["date"], body["detail"]) == ("ok", str(as_of), DATE, None)
        features = {each["name"]: each for each in body["features"]}
        assert features["qty_store_product_lag_1"]["value"] == expected[store, product][-1][1]
        assert features["cnt_store_product"]["value"] == len(expected[store, product])
        assert features["avg_qty_product_l30d"]["label"] == "30-day mean of the product"
        assert len(features) > len(NUMERIC_INPUTS)
        quantities = pd.Series([quantity for _, quantity in expected[store, product]])
        assert body["usual"]["pair"] in quantities.mode().tolist()
        of_product = model().packs_.keys - np.searchsorted(model().packs_.products, product) * model().packs_.width
        assert body["packs"] == [pack for pack in of_product if 0 < pack < model().packs_.width]
        assert body["model"] == {"name": "quantity", "version": "1"}


def test_a_pair_that_was_never_ordered_has_no_orders(app: AppOn) -> None:
    store, product = pairs().never_ordered[0]
    body = told(app, store_id=store, product_id=product)
    assert (body["status"], body["orders"], body["usual"]["pair"]) == ("cold_start", [], None)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"store_id": UNKNOWN_STORE, "product_id": 101}, f"does not know store '{UNKNOWN_STORE}'"),
        ({"store_id": 1, "product_id": UNKNOWN_PRODUCT}, f"does not know product '{UNKNOWN_PRODUCT}'"),
        ({"store_id": "S-1", "product_id": 101}, "does not know store 'S-1'"),
    ],
)
def test_an_unknown_store_or_product_is_not_found(app: AppOn, parameters: dict[str, object], reason: str) -> None:
    answer = app.client.get(URL, params={name: str(value) for name, value in parameters.items()})
    assert answer.status_code == 404
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "place", "reason"),
    [
        ("product_id=1", ["query", "store_id"], "required"),
        ("store_id=1", ["query", "product_id"], "required"),
        ("store_id=&product_id=1", ["query", "store_id"], "at least 1 character"),
        (f"store_id={'x' * 65}&product_id=1", ["query", "store_id"], "at most 64 characters"),
        ("store_id=1&product_id=1&date=nonsense", ["query", "date"], "YYYY-MM-DD"),
        ("store_id=1&product_id=1&colour=red", ["query", "colour"], "not permitted"),
        ("store_id=1&store_id=2&product_id=1", ["query", "store_id"], "once"),
    ],
)
def test_a_faulty_question_is_told_where_and_why(app: AppOn, query: str, place: list[str], reason: str) -> None:
    answer = app.client.get(f"{URL}?{query}")
    assert answer.status_code == 422
    (fault,) = answer.json()["detail"]
    assert fault["loc"] == place
    assert reason in fault["msg"]


def test_without_a_history_the_rest_is_told_and_why(tmp_path_factory: pytest.TempPathFactory) -> None:
    app: App = loaded_app(make_settings(tmp_path_factory.mktemp("none"), api_history_orders=0))
    with running(app):
        body = told(app, store_id=pairs().ordered[0][0], product_id=pairs().ordered[0][1])
        waiting = told(loading(tmp_path_factory), store_id=1, product_id=pairs().ordered[0][1])
    assert body["orders"] is None
    assert body["detail"] == "past orders are not kept: API_HISTORY_ORDERS is 0"
    assert body["features"]
    assert waiting["detail"] == "past orders not loaded: ConnectionError: nobody listens"


def loading(tmp_path_factory: pytest.TempPathFactory) -> AppOn:
    orders: MemorySource[OrderHistory] = MemorySource()
    orders.down = True
    settings = make_settings(tmp_path_factory.mktemp("down"))
    app = AppOn(settings, MemorySource(model_in_memory()), MemorySource(snapshot_in_memory()), orders)
    app.look()
    return app


def test_typing_narrows(app: AppOn) -> None:
    def found(**parameters: object) -> list[int]:
        answer = app.client.get("/quantity/products", params={n: str(v) for n, v in parameters.items()})
        assert answer.status_code == 200, answer.text
        return [product["product_id"] for product in answer.json()["products"]]

    every = snapshot_in_memory().features.product_id.tolist()
    assert found(limit=100) == every
    assert found() == every[:20]
    assert found(search="12") == [n for n in every if str(n).startswith("12")]
    assert found(search="101") == [101]
    assert found(search="9") == found(search="x") == found(search="-1") == found(search="0101") == []
    stores = app.client.get("/quantity/stores", params={"search": "1"}).json()["stores"]
    assert stores == [{"store_id": n, "store": None} for n in (1, 10, 11, 12, 13)]
    refused = app.client.get("/quantity/stores", params={"limit": "0"})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", "limit"]


def test_ids_that_are_text_are_found_by_how_they_begin() -> None:
    rng = np.random.default_rng(3)
    texts = sorted({"".join(rng.choice(list("ABab1ü"), rng.integers(1, 5))) for _ in range(300)})
    numbers = FIRST_TEXT_ID + rng.permutation(len(texts))
    keys = KeyIndex.build(texts, numbers)
    of_text = dict(zip(texts, numbers.tolist(), strict=True))
    known = np.sort(numbers[::2])
    for begins in ("A", "a", "Ab", "ü", "üü", "1", "b1", "zzz"):
        spellings = (begins, begins.upper(), begins.lower())
        expected = {n for text, n in of_text.items() if text.startswith(spellings) and n in set(known.tolist())}
        found = search(known, keys, begins, len(texts))
        by_number = {n for n in known.tolist() if str(n).startswith(begins)}
        assert {each.number for each in found} == expected | by_number
        assert all(each.text is not None and of_text[each.text] == each.number for each in found)
        assert len(search(known, keys, begins, 2)) == min(2, len(found))


def test_a_text_id_is_given_back(tmp_path_factory: pytest.TempPathFactory) -> None:
    snapshot = snapshot_in_memory()
    stores = snapshot.features.store_id
    keys = KeyIndex.build([f"S-{n:03d}" for n in stores.tolist()], stores)
    named = replace(snapshot, features=replace(snapshot.features, store_keys=keys, product_keys=NO_KEYS))
    settings = make_settings(tmp_path_factory.mktemp("texts"))
    app = AppOn(settings, MemorySource(model_in_memory()), MemorySource(named), MemorySource(history()))
    store, product = pairs().ordered[0]
    with running(app):
        by_text = told(app, store_id=f"S-{store:03d}", product_id=product, date=DATE)
        assert by_text == told(app, store_id=store, product_id=product, date=DATE)
        found = app.client.get("/quantity/stores", params={"search": "s-00"}).json()["stores"]
    assert (by_text["store"], by_text["product"]) == (f"S-{store:03d}", None)
    assert by_text["orders"]
    assert [each["store"] for each in found] == [f"S-{n:03d}" for n in stores.tolist() if n < 10]
