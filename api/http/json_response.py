"""Answers in JSON, serialized once by pydantic-core."""

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
