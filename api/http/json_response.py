"""Answers in JSON."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


class JsonResponse(Response):
    """A JSON answer; NaN and infinities, which JSON does not have, become null."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Serialize plain values, dates and pydantic models."""
        return to_json(content, inf_nan_mode="null")


class JsonBytes(Response):
    """A JSON answer that is written already; its two headers are made without the detour of others."""

    def __init__(self, body: bytes) -> None:
        self.status_code, self.body, self.background = 200, body, None
        self.raw_headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
