"""What the OpenAPI document says of the status endpoints."""

from __future__ import annotations

from typing import Any

from starlette.responses import PlainTextResponse

from api.status.reports import ModelResponse, ReadyResponse

MODEL: dict[str, Any] = {
    "summary": "The model and the features that answer now",
    "tags": ["quantity"],
    "responses": {
        200: {"model": ModelResponse},
        503: {"model": ModelResponse, "description": "No model yet; `detail` says what to run."},
    },
}
READY: dict[str, Any] = {
    "summary": "Whether predictions can be answered",
    "tags": ["operation"],
    "responses": {
        200: {"model": ReadyResponse},
        503: {"model": ReadyResponse, "description": "Not yet; `reasons` says why."},
    },
}
METRICS: dict[str, Any] = {
    "summary": "Metrics for Prometheus",
    "tags": ["operation"],
    "response_class": PlainTextResponse,
}
PING: dict[str, Any] = {"summary": "Whether the process answers", "tags": ["operation"]}
