"""A FastAPI route that answers HEAD wherever it answers GET, as Starlette's own routes do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class ReadableRoute(APIRoute):
    """A route; `methods` and with it the OpenAPI document are without HEAD, which goes without saying.

    The server leaves the answer's body out.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the route answers a request."""
        match, child_scope = super().matches(scope)
        return Match.FULL if match is Match.PARTIAL and self._answers(scope["method"]) else match, child_scope

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse its method.

        Raises:
            HTTPException: 405.
        """
        if not self._answers(scope["method"]):
            raise HTTPException(status_code=405, headers={"Allow": ", ".join(sorted(self._all_methods()))})
        await self.app(scope, receive, send)

    def _answers(self, method: str) -> bool:
        return method in self._all_methods()

    def _all_methods(self) -> set[str]:
        methods = self.methods or set()
        return methods | {"HEAD"} if "GET" in methods else methods
