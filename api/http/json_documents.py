"""Answers in JSON, and what those look like that any endpoint may give."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
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


class Document(BaseModel):
    """An answer's body."""

    model_config = ConfigDict(extra="forbid")


class Fault(Document):
    """One fault of a request."""

    loc: list[str | int] = Field(description="Where it is.")
    msg: str = Field(description="What is wrong.")
    type: str


class InvalidRequest(Document):
    """The first faults of a request and how many there are."""

    detail: list[Fault]
    error_count: int


class Problem(Document):
    """Why there is no answer."""

    detail: str
