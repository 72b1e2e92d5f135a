"""The documentation pages in a browser that reaches nothing but the service."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support.api.apps import loaded_app, make_settings, running
from tests.support.api.chromium import chromium
from tests.support.api.served import HOST, behind_nginx, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.support.api.apps import App

PREFIX = "/orders"
PAGES = {"/documentation": "Swagger UI", "/redoc": "ReDoc"}


@pytest.fixture(scope="module")
def app_with_root_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that is told its prefix."""
    app = loaded_app(make_settings(tmp_path_factory.mktemp("below"), root_path=PREFIX))
    with running(app):
        yield app


@pytest.fixture(scope="module", params=["alone", "mounted", "named", "taken off", "left"])
def service(
    request: pytest.FixtureRequest, shared_app: App, app_with_root_path: App, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The service's address: alone, mounted below a prefix, and behind nginx.

    nginx takes the prefix off and names it, or takes it off or leaves it, and the service is told it.
    """
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("nginx")
        match request.param:
            case "alone":
                yield address(stack.enter_context(served(shared_app.api)))
            case "mounted":
                mounted = Starlette(routes=[Mount(PREFIX, shared_app.api)])
                yield address(stack.enter_context(served(mounted))) + PREFIX
            case "named":
                to = f"proxy_pass {address(stack.enter_context(served(shared_app.api)))}/"
                named = f"proxy_set_header X-Forwarded-Prefix {PREFIX}"
                yield address(stack.enter_context(behind_nginx(folder, PREFIX, to, named))) + PREFIX
            case kind:
                to = f"proxy_pass {address(stack.enter_context(served(app_with_root_path.api)))}"
                slash = "/" if kind == "taken off" else ""
                yield address(stack.enter_context(behind_nginx(folder, PREFIX, to + slash))) + PREFIX


def address(port: int) -> str:
    return f"http://{HOST}:{port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


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
