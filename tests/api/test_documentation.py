"""What the documentation pages and the OpenAPI document say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.apps import empty_app, make_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.api.apps import App

PATHS = {
    "/quantity/predict": "post",
    "/quantity/model": "get",
    "/healthcheck/ping": "get",
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
    pairs = schemas["PredictRequest"]["properties"]["input"]
    assert (pairs["minItems"], pairs["maxItems"]) == (1, 77)
    assert schemas["PredictRequest"]["required"] == ["input"]
    assert schemas["PredictRequest"]["additionalProperties"] is False
    pair = schemas["Pair"]
    assert pair["additionalProperties"] is False
    assert pair["properties"]["store_id"]["minimum"] == 1
    assert pair["properties"]["store_id"]["maximum"] == 2**31 - 1
    assert {"type": "null"} in schemas["PredictRequest"]["properties"]["date"]["anyOf"]


def test_every_status_of_a_prediction_is_documented(document: dict[str, Any]) -> None:
    assert set(document["paths"]["/quantity/predict"]["post"]["responses"]) == {"200", "408", "413", "422", "503"}


@pytest.mark.parametrize(("path", "page"), [("/documentation", "swagger-ui"), ("/redoc", "redoc")])
def test_the_pages_are_there(shared_app: App, path: str, page: str) -> None:
    answer = shared_app.client.get(path)

    assert answer.status_code == 200
    assert page in answer.text
    assert "/openapi.json" in answer.text


def test_the_root_leads_to_the_documentation(shared_app: App) -> None:
    answer = shared_app.client.get("/")

    assert answer.url.path == "/documentation"
    assert answer.history[0].status_code == 307
