"""The service below a path of a proxy: ``/orders/quantity/predict`` for ``/quantity/predict``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from quantity.setting_rules import PLAIN_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

FORWARDED: Final = "X-Forwarded-Prefix"

VARY: Final = {"Vary": FORWARDED}
"""Header of the answers that contain `public_prefix`: a cache must not give one proxy's to another's clients."""

MAX_PREFIX: Final = 200


class RootPath:
    """ASGI middleware: serves the same paths below a root path, whether the proxy takes it off or leaves it there.

    Inside, `path` begins with `root_path`, as ASGI has it.

    Args:
        app: answers the requests.
        root_path: such as ``/orders``.
        own_paths: the service's; one of them is never taken for another below the root path.
    """

    def __init__(self, app: ASGIApp, root_path: str, own_paths: Iterable[str]) -> None:
        self._app, self._root_path, self._own_paths = app, root_path, frozenset(own_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            scope["root_path"] = self._root_path
            scope["path"] = self._full_path(scope["path"])
        await self._app(scope, receive, send)

    def _full_path(self, path: str) -> str:
        is_full = path == self._root_path or path.startswith(f"{self._root_path}/")
        return path if is_full and path not in self._own_paths else self._root_path + path


def public_prefix(request: Request) -> str:
    """What the public addresses of the service's pages begin with: its root path, else what a proxy names.

    Anyone may send the header, so it words links and never decides which endpoint answers.
    """
    root_path: str = request.scope.get("root_path", "")
    return root_path.rstrip("/") or _forwarded_prefix(request)


def _forwarded_prefix(request: Request) -> str:
    """The prefixes that proxies have taken off, the outermost first; empty if one is no plain path."""
    values = ",".join(request.headers.getlist(FORWARDED)).split(",")
    parts = [part for value in values if (part := value.strip().rstrip("/"))]
    prefix = "".join(parts)
    return prefix if len(prefix) <= MAX_PREFIX and all(map(PLAIN_PATH.fullmatch, parts)) else ""
