"""CORS: which pages of other origins may ask the service from a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.middleware.cors import CORSMiddleware

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI

METHODS: Final = ("GET", "HEAD", "POST")
REQUEST_HEADERS: Final = ("Content-Encoding", "X-Request-ID")
ANSWER_HEADERS: Final = ("X-Request-ID", "Retry-After")


def allow_origins(app: FastAPI, origins: Sequence[str]) -> None:
    """Let pages of these origins ask, or of any for ``*``; without cookies, of which the service has none.

    Add it last: then it answers preflights before all else, and errors carry its headers too.
    """
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=METHODS,
        allow_headers=REQUEST_HEADERS,
        expose_headers=ANSWER_HEADERS,
    )
