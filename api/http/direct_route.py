"""The short way to an endpoint that reads the request and gives the response itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from api.http.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


class DirectRoute:
    """ASGI middleware: hands `POST` requests to one path straight to their endpoint.

    FastAPI documents the same endpoint and answers everything else. Its own way to an endpoint (three layers, a
    regular expression a route, dependencies) costs as much as a small prediction.

    Args:
        app: answers all other requests.
        path: of the endpoint.
        endpoint: answers them; a `RefusedError` is an answer too.
    """

    def __init__(self, app: ASGIApp, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        self._app, self._path, self._endpoint = app, path, endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        is_other = scope["type"] != "http" or scope["method"] != "POST"
        if is_other or scope["path"] != scope.get("root_path", "") + self._path:
            await self._app(scope, receive, send)
            return
        try:
            response = await self._endpoint(Request(scope, receive))
        except RefusedError as refused:
            response = refused.response()
        await response(scope, receive, send)
