"""`GET /` and the files of the page: how they are sent, and what they may name."""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.page.files import read_files
from tests.support.api.apps import loaded_app, make_settings, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.api.apps import App

PAGE = Path(str(resources.files("api.page")))
VENDOR = PAGE / "vendor"
UPLOT = "/page/vendor/uplot-1.6.32/uPlot.iife.min.js"
TYPES = {
    "/": "text/html; charset=utf-8",
    "/page/main.js": "text/javascript; charset=utf-8",
    "/page/shared/words.js": "text/javascript; charset=utf-8",
    "/page/page.css": "text/css; charset=utf-8",
    "/page/icon.svg": "image/svg+xml",
    UPLOT: "text/javascript; charset=utf-8",
}


@pytest.mark.parametrize(("path", "media_type"), TYPES.items())
def test_a_file_has_its_type_and_is_sent_once(shared_app: App, path: str, media_type: str) -> None:
    first = shared_app.client.get(path)
    again = shared_app.client.get(path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    other = shared_app.client.get(path, headers={"If-None-Match": '"other"'})

    assert (first.status_code, first.headers["content-type"]) == (200, media_type)
    assert first.headers["x-content-type-options"] == "nosniff"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.content) == (200, first.content)


def test_libraries_are_kept_and_own_files_asked_for_again(shared_app: App) -> None:
    """A library's address has its version; the project's files change under theirs."""
    assert "immutable" in shared_app.client.get(UPLOT).headers["cache-control"]
    for path in ("/", "/page/main.js"):
        assert shared_app.client.get(path).headers["cache-control"] == "no-cache"


def test_the_page_may_load_from_the_service_alone(shared_app: App) -> None:
    directives = dict(
        directive.strip().split(" ", 1)
        for directive in shared_app.client.get("/").headers["content-security-policy"].split(";")
    )

    assert directives.pop("default-src") == "'self'"
    assert set(directives) == {"worker-src", "object-src", "base-uri", "form-action", "frame-ancestors"}
    assert "unsafe" not in " ".join(directives.values())


def test_the_page_names_the_limits_of_the_endpoint(tmp_path: Path) -> None:
    app = loaded_app(make_settings(tmp_path, api_max_pairs=7, api_max_body_bytes=900))
    text = app.client.get("/").text

    assert '<meta name="max-pairs" content="7">' in text
    assert '<meta name="max-body-bytes" content="900">' in text
    assert "{" not in text


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = loaded_app(make_settings(tmp_path_factory.mktemp("below"), root_path="/orders"))
    with running(app):
        yield app


@pytest.mark.parametrize("path", ["/", "/orders/", "/orders"])
def test_below_a_root_path_every_link_begins_with_it(below: App, path: str) -> None:
    """So that they hold where an address has no slash at its end."""
    text = below.client.get(path).text

    links = re.findall(r'(?:href|src)="([^"#]+)"', text)
    assert len(links) > 4
    assert [link for link in links if not link.startswith("/orders/")] == []
    for link in links:
        assert below.client.get(link).status_code == 200


def test_alone_every_link_is_relative(shared_app: App) -> None:
    """A proxy that takes a path off and does not say so serves the page all the same."""
    links = re.findall(r'(?:href|src)="([^"#]+)"', shared_app.client.get("/").text)

    assert [link for link in links if link.startswith(("/", "http"))] == []


@pytest.mark.parametrize(
    "path",
    [
        "/page/",
        "/page/nothing.js",
        "/page/index.html",
        "/page/route.py",
        "/page/../route.py",
        "/page/%2e%2e/route.py",
        "/page/vendor/SHA256SUMS",
        "/page/vendor/uplot-1.6.32/LICENSE",
    ],
)
def test_nothing_else_is_served(shared_app: App, path: str) -> None:
    assert shared_app.client.get(path).status_code == 404


def test_the_project_s_files_name_no_other_host() -> None:
    own = {path: file.content.decode() for path, file in read_files().items() if not path.startswith("vendor/")}

    hosts = {host for text in own.values() for host in re.findall(r"(?:https?:)?//([\w.-]+\.\w+)", text)}
    assert hosts == {"www.w3.org"}, "the name of SVG is an address"


def test_no_text_is_read_as_html() -> None:
    own = {path: file.content.decode() for path, file in read_files().items() if not path.startswith("vendor/")}

    for written in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert [path for path, text in own.items() if written in text] == []


def test_libraries_are_as_published_with_their_licences() -> None:
    lines = [line.split("  ") for line in (VENDOR / "SHA256SUMS").read_text().splitlines()]
    listed = {name: digest for digest, name in lines}
    present = {str(file.relative_to(VENDOR)) for file in VENDOR.glob("*/*")}

    assert present == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest
    for folder in VENDOR.glob("*/"):
        assert "Permission is hereby granted" in (folder / "LICENSE").read_text()
