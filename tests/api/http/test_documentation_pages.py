"""The documentation pages in a browser that reaches nothing but the service."""

from __future__ import annotations

import json
import os
import shutil
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from playwright.sync_api import expect, sync_playwright
from starlette.applications import Starlette
from starlette.routing import Mount

from local_servers.waiting import wait_until
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from starlette.types import ASGIApp

    from tests.support.api.apps import App

HOST = "127.0.0.1"
PREFIX = "/orders"
PAGES = {"/documentation": "Swagger UI", "/redoc": "ReDoc"}


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of an app that has started already."""
    config = uvicorn.Config(app, host=HOST, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started or not thread.is_alive(), "the server has started")
        yield f"http://{HOST}:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module", params=["", PREFIX], ids=["at the root", "below a prefix"])
def service(request: pytest.FixtureRequest, shared_app: App) -> Iterator[str]:
    """The service's address, by itself and mounted below a prefix, which then is its root path."""
    prefix: str = request.param
    with served(Starlette(routes=[Mount(prefix, shared_app.api)]) if prefix else shared_app.api) as address:
        yield address + prefix


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("no Chromium is installed", "apt-get install chromium")
    with sync_playwright() as playwright:
        # As root, Chromium starts only without its sandbox; it opens this service's pages alone.
        chromium = playwright.chromium.launch(executable_path=program, chromium_sandbox=os.geteuid() != 0)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_shown_with_what_the_service_itself_serves(page: Page, service: str, path: str) -> None:
    answered: dict[str, int] = {}
    faults: list[str] = []
    page.on("response", lambda response: answered.update({response.url: response.status}))
    page.on("requestfailed", lambda request: faults.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)

    page.goto(f"{service}{path}", wait_until="networkidle")

    expect(page).to_have_title(f"Order quantity - {PAGES[path]}")
    expect(page.get_by_text("/quantity/predict").first).to_be_visible()
    expect(page.get_by_text("/healthcheck/ready").first).to_be_attached()
    assert answered.pop(f"{service}/openapi.json") == 200
    assert len(answered) >= 3, "page, script, icon"
    assert {url: status for url, status in answered.items() if not is_of(service, url) or status != 200} == {}
    assert faults == []


def is_of(service: str, url: str) -> bool:
    """Whether the service is asked, or the page itself for what it has made."""
    return url.startswith((f"{service}/", f"blob:{service.removesuffix(PREFIX)}/"))


def test_trying_the_example_out_gives_the_200(page: Page, service: str) -> None:
    page.goto(f"{service}/documentation", wait_until="networkidle")
    endpoint = page.locator(".opblock", has=page.get_by_text("/quantity/predict"))
    endpoint.locator(".opblock-summary-control").click()
    endpoint.get_by_role("button", name="Try it out").click()
    asked = json.loads(endpoint.locator("textarea").input_value())["input"]

    with page.expect_response(f"{service}/quantity/predict") as answer:
        endpoint.get_by_role("button", name="Execute").click()

    assert answer.value.status == 200
    shown = endpoint.locator(".live-responses-table .response")
    expect(shown.locator(".response-col_status")).to_have_text("200")
    assert [{key: item[key] for key in asked[0]} for item in answer.value.json()["items"]] == asked


@pytest.mark.parametrize(
    "path",
    ["/documentation/nothing.js", "/redoc/nothing.js", "/documentation/%2e%2e", "/redoc/..%2f..%2f..%2fscripts.py"],
)
def test_nothing_else_is_served_beside_the_pages(shared_app: App, path: str) -> None:
    assert shared_app.client.get(path).status_code == 404


def test_the_scripts_are_sent_once(shared_app: App) -> None:
    """They are some megabytes: the browser keeps them and asks whether they have changed."""
    script = "/documentation/swagger-ui-bundle.js"
    first = shared_app.client.get(script)

    again = shared_app.client.get(script, headers={"If-None-Match": first.headers["etag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_a_page_with_a_slash_at_its_end_leads_to_the_page(shared_app: App) -> None:
    for path in PAGES:
        answer = shared_app.client.get(f"{path}/")

        assert answer.url.path == path
        assert answer.status_code == 200
