"""`/documentation` (Swagger UI) and `/redoc` (ReDoc), with scripts and styles from the service itself.

FastAPI's own pages take them from a CDN and stay blank where none is reached. The package
`fastapi-standalone-docs` carries the same files, with the one picture that ReDoc loads from outside made local.
Only its files are used: its `StandaloneDocs` would patch FastAPI for the whole process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from api.http.root_path import VARY, public_prefix

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, Response

SWAGGER, REDOC, OPENAPI = "/documentation", "/redoc", "/openapi.json"

ASSETS = {SWAGGER: "swagger", REDOC: "redoc"}
"""The folders of the two pages' files in the package; each is served below its page."""

ICON = "favicon.png"


def add_documentation_pages(app: FastAPI) -> None:
    """Serve both pages and their files, below the prefix that a proxy may have."""
    app.add_route(SWAGGER, _swagger, include_in_schema=False)
    app.add_route(REDOC, _redoc, include_in_schema=False)
    app.add_route(f"{SWAGGER}/{ICON}", _Files("fastapi").get, include_in_schema=False)
    for page, folder in ASSETS.items():
        app.add_route(f"{page}/", _to_page(page), include_in_schema=False)
        app.add_route(f"{page}/{{file}}", _Files(folder).get, include_in_schema=False)


class _Files:
    """The files of one folder of the package."""

    def __init__(self, folder: str) -> None:
        self._files = StaticFiles(packages=[("fastapi_standalone_docs", f"static/{folder}")])

    async def get(self, request: Request) -> Response:
        return await self._files.get_response(request.path_params.get("file", ICON), request.scope)


def _to_page(page: str) -> Callable[[Request], Awaitable[Response]]:
    """Leads to a page by its path alone, for the service does not know the name and scheme that a proxy is asked by."""

    async def lead(request: Request) -> Response:
        return RedirectResponse(f"{public_prefix(request)}{page}", headers=VARY)

    return lead


async def _swagger(request: Request) -> HTMLResponse:
    root = public_prefix(request)
    page = get_swagger_ui_html(
        openapi_url=f"{root}{OPENAPI}",
        title=f"{request.app.title} - Swagger UI",
        swagger_js_url=f"{root}{SWAGGER}/swagger-ui-bundle.js",
        swagger_css_url=f"{root}{SWAGGER}/swagger-ui.css",
        swagger_favicon_url=f"{root}{SWAGGER}/{ICON}",
    )
    return _varying(page)


async def _redoc(request: Request) -> HTMLResponse:
    root = public_prefix(request)
    page = get_redoc_html(
        openapi_url=f"{root}{OPENAPI}",
        title=f"{request.app.title} - ReDoc",
        redoc_js_url=f"{root}{REDOC}/redoc.standalone.js",
        redoc_favicon_url=f"{root}{SWAGGER}/{ICON}",
        with_google_fonts=False,
    )
    return _varying(page)


def _varying(page: HTMLResponse) -> HTMLResponse:
    page.headers.update(VARY)
    return page
