"""HEAD is answered wherever GET is, with the same status and headers and without a body."""

from __future__ import annotations

from http.client import HTTPConnection
from typing import TYPE_CHECKING

import pytest

from tests.support.api.served import HOST, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.api.apps import App

PATHS = [
    "/",
    "/documentation",
    "/documentation/",
    "/documentation/swagger-ui.css",
    "/documentation/favicon.png",
    "/healthcheck/ping",
    "/healthcheck/ready",
    "/nothing",
    "/openapi.json",
    "/page/main.js",
    "/quantity/model",
    "/quantity/predict",
    "/redoc",
    "/redoc/redoc.standalone.js",
]
OF_THE_REQUEST = {"x-request-id", "date"}


@pytest.fixture(scope="module")
def connection(shared_app: App) -> Iterator[HTTPConnection]:
    """One connection to the service's own server for all: a body that should not be there breaks the next answer."""
    with served(shared_app.api, shared_app.service.settings) as port:
        connection = HTTPConnection(HOST, port, timeout=60)
        yield connection
        connection.close()


def ask(connection: HTTPConnection, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    connection.request(method, path)
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in OF_THE_REQUEST}
    return answer.status, headers, answer.read()


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(connection: HTTPConnection, path: str) -> None:
    status, headers, body = ask(connection, "HEAD", path)

    got_status, got_headers, got_body = ask(connection, "GET", path)
    assert (status, headers, body) == (got_status, got_headers, b"")
    assert int(headers["content-length"]) == len(got_body)


def test_head_of_the_metrics(connection: HTTPConnection) -> None:
    """They grow with each request, so their length is no other request's."""
    status, headers, body = ask(connection, "HEAD", "/metrics")

    assert (status, body) == (200, b"")
    assert headers["content-type"].startswith("text/plain")
    assert int(headers["content-length"]) > 1_000


def test_head_is_counted_under_its_route(shared_app: App) -> None:
    labels = {"method": "HEAD", "status": "2xx", "handler": "/quantity/model"}
    before = shared_app.metric("http_requests_total", **labels) or 0

    shared_app.client.head("/quantity/model")

    assert shared_app.metric("http_requests_total", **labels) == before + 1


def test_head_is_not_ready_where_get_is_not(waiting_app: App) -> None:
    assert waiting_app.client.head("/healthcheck/ready").status_code == 503


@pytest.mark.parametrize(
    ("path", "allowed"), [("/quantity/model", "GET, HEAD"), ("/metrics", "GET, HEAD"), ("/quantity/predict", "POST")]
)
def test_a_405_names_the_methods(shared_app: App, path: str, allowed: str) -> None:
    answer = shared_app.client.delete(path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
