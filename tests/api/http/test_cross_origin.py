"""CORS: off unless origins are set; then their pages may ask, and read errors too."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.support.api.apps import App, empty_app, loaded_app, make_settings, running
from tests.support.api.small_market import body_of, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

URL = "/quantity/predict"
SHOP, OTHER = "https://shop.example", "https://other.example"
BODY = body_of(pairs().ordered[:1])
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-encoding,content-type,x-request-id",
}


@pytest.fixture(scope="module", params=[f"{SHOP}, https://b.example:8443", "*"], ids=["listed", "any"])
def open_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = loaded_app(make_settings(tmp_path_factory.mktemp("cors"), api_cors_origins=request.param))
    with running(app):
        yield app


def allowed(app: App) -> str:
    return "*" if app.service.settings.api_cors_origins == "*" else SHOP


def test_a_preflight_is_answered(open_app: App) -> None:
    answer = open_app.client.options(URL, headers={"origin": SHOP} | PREFLIGHT)

    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == allowed(open_app)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Encoding" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (200, {"json": BODY}),
        (422, {"content": b"{"}),
        (413, {"content": b" " * 2_000_001}),
        (415, {"content": gzip.compress(b"{}"), "headers": {"content-encoding": "br"}}),
    ],
)
def test_answers_and_errors_carry_the_origin(open_app: App, status: int, sent: dict[str, object]) -> None:
    open_app.client.headers["origin"] = SHOP
    answer = open_app.client.request("POST", URL, **sent)  # type: ignore[arg-type]

    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == allowed(open_app)
    assert "X-Request-ID" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("PUT", URL, 405)])
def test_what_no_endpoint_answers_carries_it_too(open_app: App, method: str, path: str, status: int) -> None:
    answer = open_app.client.request(method, path, headers={"origin": SHOP})

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, allowed(open_app))


def test_not_ready_carries_it_too(tmp_path: Path) -> None:
    app = empty_app(make_settings(tmp_path, api_cors_origins=SHOP))
    with running(app):
        answer = app.client.post(URL, json=BODY, headers={"origin": SHOP})

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (503, SHOP)


def test_an_unexpected_error_carries_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = loaded_app(make_settings(tmp_path, api_cors_origins=SHOP))
    with running(app):
        monkeypatch.setattr(type(app.service), "active_pair", property(lambda _: 1 / 0))
        answer = app.client.post(URL, json=BODY, headers={"origin": SHOP})

    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, SHOP)


def test_pages_of_other_origins_are_not_let_in(tmp_path: Path) -> None:
    app = loaded_app(make_settings(tmp_path, api_cors_origins=SHOP))
    with running(app):
        preflight = app.client.options(URL, headers={"origin": OTHER} | PREFLIGHT)
        answer = app.client.post(URL, json=BODY, headers={"origin": OTHER})

    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "Origin"


def test_a_preflight_counts_as_no_request(open_app: App) -> None:
    before = open_app.client.get("/metrics").text.count("OPTIONS")

    open_app.client.options(URL, headers={"origin": SHOP} | PREFLIGHT)

    assert open_app.client.get("/metrics").text.count("OPTIONS") == before


def test_without_origins_nothing_is_said(shared_app: App) -> None:
    answer = shared_app.client.post(URL, json=BODY, headers={"origin": SHOP})
    preflight = shared_app.client.options(URL, headers={"origin": SHOP} | PREFLIGHT)

    assert preflight.status_code == 405
    assert set(answer.headers) == {"content-type", "content-length", "x-request-id"}
    assert not any(name.startswith(("access-control", "vary")) for name in preflight.headers)
