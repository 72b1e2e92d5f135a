"""Below a prefix of a reverse proxy: what is answered, what links say, and what a stranger's header cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient

from api.http.root_path import MAX_PREFIX
from tests.support.api.apps import App, loaded_app, make_settings, running
from tests.support.api.small_market import body_of, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "/shop/orders"
BODY = body_of(pairs().ordered[:3], date="2024-05-05")


@pytest.fixture(scope="module", params=[PREFIX, "/quantity"])
def below(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app with a root path, of its own or one that its own paths begin with."""
    app = loaded_app(make_settings(tmp_path_factory.mktemp("below"), root_path=request.param))
    with running(app):
        yield app


def root_of(app: App) -> str:
    return app.service.settings.root_path


@pytest.mark.parametrize("path", ["/quantity/model", "/healthcheck/ping", "/metrics", "/redoc", "/openapi.json"])
def test_a_path_is_answered_with_its_prefix_and_without(below: App, path: str) -> None:
    assert below.client.get(path).status_code == 200
    assert below.client.get(root_of(below) + path).status_code == 200


def test_predictions_are_the_same_with_the_prefix_and_without(below: App, shared_app: App) -> None:
    alone = shared_app.client.post("/quantity/predict", json=BODY)

    for path in ("/quantity/predict", f"{root_of(below)}/quantity/predict"):
        answer = below.client.post(path, json=BODY)
        assert (answer.status_code, answer.content) == (200, alone.content)


@pytest.mark.parametrize("path", ["/nothing", "/quantities", "/ordersx/quantity/model"])
def test_what_is_nowhere_is_a_404(below: App, path: str) -> None:
    assert below.client.get(path, follow_redirects=False).status_code == 404
    assert below.client.get(root_of(below) + path, follow_redirects=False).status_code == 404


def test_the_metrics_have_the_same_routes(below: App) -> None:
    labels = {"method": "POST", "status": "2xx", "handler": "/quantity/predict"}
    before = below.metric("http_requests_total", **labels) or 0

    below.client.post("/quantity/predict", json=BODY)
    below.client.post(f"{root_of(below)}/quantity/predict", json=BODY)

    assert below.metric("http_requests_total", **labels) == before + 2
    assert below.metric("http_requests_total", method="POST", status="2xx", handler="none") is None


@pytest.mark.parametrize("page", ["/documentation/", "/redoc/"])
def test_redirects_lead_below_the_prefix(below: App, page: str) -> None:
    for path in (page, root_of(below) + page):
        answer = below.client.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, root_of(below) + page.rstrip("/"))


def test_the_document_names_the_prefix_as_server(below: App, shared_app: App) -> None:
    assert below.client.get("/openapi.json").json()["servers"] == [{"url": root_of(below)}]
    assert "servers" not in shared_app.client.get("/openapi.json").json()


def test_the_prefix_that_is_set_is_told_whatever_a_proxy_names(below: App) -> None:
    document = below.client.get("/openapi.json", headers={"x-forwarded-prefix": "/other"}).json()

    assert document["servers"] == [{"url": root_of(below)}]


@pytest.mark.parametrize(
    ("named", "prefix"),
    [
        ("/orders", "/orders"),
        ("/orders/", "/orders"),
        ("/a/b.c_d-e~1", "/a/b.c_d-e~1"),
        ("/outer, /inner", "/outer/inner"),
    ],
)
def test_a_prefix_that_a_proxy_names_is_in_every_link(shared_app: App, named: str, prefix: str) -> None:
    client = TestClient(shared_app.api, headers={"x-forwarded-prefix": named}, follow_redirects=False)

    assert client.get("/openapi.json").json()["servers"] == [{"url": prefix}]
    assert f'src="{prefix}/page/main.js"' in client.get("/").text
    for page in ("/documentation", "/redoc"):
        html = client.get(page).text
        assert f"{prefix}/openapi.json" in html
        assert f'"{prefix}{page}/' in html


@pytest.mark.parametrize(
    "named",
    [
        "",
        "/",
        "orders",
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a/../b",
        "/.",
        "/a b",
        "/a%2f",
        '/"><script>',
        "/'",
        "/a?b",
        "/a#b",
        "/a;b",
        "/é",
        "/a, evil",
        "/a" * (MAX_PREFIX // 2 + 1),
    ],
)
def test_what_is_no_plain_path_is_in_no_link(shared_app: App, named: str) -> None:
    headers = [(b"x-forwarded-prefix", named.encode("utf-8"))]
    for path in ("/", "/documentation", "/redoc", "/openapi.json"):
        answer = shared_app.client.get(path, headers=headers, follow_redirects=False)
        plain = shared_app.client.get(path, follow_redirects=False)

        assert answer.content == plain.content
        assert answer.headers.get("location") == plain.headers.get("location")


def test_a_named_prefix_never_decides_which_endpoint_answers(shared_app: App) -> None:
    """A proxy that hides `/metrics` must not be led round by a path and a header of the client's."""
    assert shared_app.client.get("/x/metrics", headers={"x-forwarded-prefix": "/x"}).status_code == 404


def test_caches_keep_prefixes_apart(shared_app: App) -> None:
    for path in ("/", "/documentation", "/redoc", "/openapi.json"):
        assert shared_app.client.get(path, follow_redirects=False).headers["vary"] == "X-Forwarded-Prefix"


def test_one_client_s_prefix_is_not_another_s(shared_app: App) -> None:
    before = shared_app.client.get("/openapi.json").content
    shared_app.client.get("/openapi.json", headers={"x-forwarded-prefix": "/x"})

    assert shared_app.client.get("/openapi.json").content == before
