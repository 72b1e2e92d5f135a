"""What the documentation pages and the OpenAPI document say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from api.predict.schema import PredictResponse
from tests.support.api.apps import empty_app, make_settings
from tests.support.api.small_market import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.api.apps import App

PATHS = {
    "/quantity/predict": "post",
    "/quantity/model": "get",
    "/healthcheck/ping": "get",
    "/quantity/explain": "post",
    "/quantity/history": "get",
    "/quantity/products": "get",
    "/quantity/stores": "get",
    "/healthcheck/ready": "get",
    "/metrics": "get",
}


@pytest.fixture(scope="module")
def document(shared_app: App) -> dict[str, Any]:
    parsed: dict[str, Any] = shared_app.client.get("/openapi.json").json()
    return parsed


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        yield from (value for key, value in node.items() if key == "$ref")
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_endpoint_is_documented(document: dict[str, Any]) -> None:
    assert {path: next(iter(operations)) for path, operations in document["paths"].items()} == PATHS
    for path, method in PATHS.items():
        operation = document["paths"][path][method]
        assert operation["summary"]
        assert operation["description"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}

    assert set(references(document)) <= schemas
    assert set(references(document)) == schemas - {"#/components/schemas/unused"}


def test_the_request_is_documented_with_its_limits(tmp_path: Path) -> None:
    document = empty_app(make_settings(tmp_path, api_max_pairs=77)).api.openapi()

    body = document["paths"]["/quantity/predict"]["post"]["requestBody"]
    assert body["required"]
    assert body["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/PredictRequest"}
    schemas = document["components"]["schemas"]
    wanted = schemas["PredictRequest"]["properties"]["input"]
    assert (wanted["minItems"], wanted["maxItems"]) == (1, 77)
    assert schemas["PredictRequest"]["required"] == ["input"]
    assert schemas["PredictRequest"]["additionalProperties"] is False
    pair = schemas["Pair"]
    assert pair["additionalProperties"] is False
    assert pair["properties"]["store_id"]["minimum"] == 1
    assert pair["properties"]["store_id"]["maximum"] == 2**31 - 1
    assert {"type": "null"} in schemas["PredictRequest"]["properties"]["date"]["anyOf"]
    shown = schemas["PredictRequest"]["properties"]["shown"]
    assert (shown["type"], shown["default"]) == ("boolean", True)


def test_the_example_of_an_answer_is_one(document: dict[str, Any]) -> None:
    operation = document["paths"]["/quantity/predict"]["post"]
    answer = operation["responses"]["200"]["content"]["application/json"]
    asked = operation["requestBody"]["content"]["application/json"]["example"]["input"]

    assert answer["schema"] == {"$ref": "#/components/schemas/PredictResponse"}
    read = msgspec.json.decode(json.dumps(answer["example"]), type=PredictResponse)
    assert msgspec.to_builtins(read) == answer["example"]
    assert [{key: item[key] for key in asked[0]} for item in answer["example"]["items"]] == asked
    assert [item["quantity"] for item in answer["example"]["items"]] == answer["example"]["predictions"]


def test_an_item_has_the_documented_keys_in_their_order(shared_app: App, document: dict[str, Any]) -> None:
    documented = list(document["components"]["schemas"]["Item"]["properties"])

    (store, product) = pairs().ordered[0]
    asked = [{"store_id": store, "product_id": product}, {"store": "a", "product": "b"}]
    by_number, by_text = shared_app.client.post("/quantity/predict", json={"input": asked}).json()["items"]

    assert documented == ["store_id", "product_id", "quantity", "typical", "low", "high", "status", "store", "product"]
    assert list(by_text) == documented
    assert list(by_number) == documented[:-2]


def test_every_status_of_a_prediction_is_documented(document: dict[str, Any]) -> None:
    statuses = document["paths"]["/quantity/predict"]["post"]["responses"]

    assert set(statuses) == {"200", "408", "413", "415", "422", "503"}
