"""`GET /`, the page, and `GET /page/…`, its files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

from api.http.root_path import VARY, public_prefix
from api.page.files import read_files

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

INDEX: Final = "index.html"

SECURITY: Final = {
    # The spreadsheet writer compresses in a worker that it makes itself.
    "Content-Security-Policy": (
        "default-src 'self'; worker-src blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'self'"
    ),
    "Referrer-Policy": "same-origin",
}


class PageRoutes:
    """The page and its files, read once.

    Args:
        max_pairs: that a request may have; the page sends no more at a time.
        max_body_bytes: of a request, likewise.
    """

    def __init__(self, max_pairs: int, max_body_bytes: int) -> None:
        self._files = read_files()
        index = self._files.pop(INDEX)
        limits = {b"{max-pairs}": b"%d" % max_pairs, b"{max-body-bytes}": b"%d" % max_body_bytes}
        content = index.content
        for name, value in limits.items():
            content = content.replace(name, value)
        self._index = replace(index, content=content)

    def add_to(self, app: FastAPI) -> None:
        """Register both."""
        app.add_route("/", self.page, include_in_schema=False)
        app.add_route("/page/{path:path}", self.file, include_in_schema=False)

    async def page(self, request: Request) -> Response:
        """The page; its links begin with the prefix that a proxy may have, else they are relative."""
        prefix = public_prefix(request)
        root = f"{prefix}/" if prefix else ""
        page = replace(self._index, content=self._index.content.replace(b"{root}", root.encode()))
        return page.answer(request, SECURITY | VARY)

    async def file(self, request: Request) -> Response:
        """A file.

        Raises:
            HTTPException: 404, there is none.
        """
        file = self._files.get(request.path_params["path"])
        if file is None:
            raise HTTPException(status_code=404)
        return file.answer(request)
