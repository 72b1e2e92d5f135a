"""What the answers of the status endpoints look like, and what the OpenAPI document says of them."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic looks the types up
from typing import Any, Literal

from pydantic import Field
from starlette.responses import PlainTextResponse

from api.http.json_documents import Document
from api.predict.schema import ModelVersion  # noqa: TC001 - as above


class Failure(Document):
    """Why the last attempt to load something new failed; what was served before goes on."""

    reason: str
    version: str | None
    at: dt.datetime


class Features(Document):
    """The features snapshot in memory."""

    as_of: dt.date
    snapshot_id: int
    publication: str
    created_at: dt.datetime
    loaded_at: dt.datetime
    source: Literal["database", "local copy"]
    stores: int
    products: int
    pairs: int


class ModelResponse(Document):
    """The model in memory; with none, `detail` says what to run and the status is 503."""

    detail: str | None = None
    name: str
    alias: str
    version: str | None
    run_id: str | None
    trained_at: dt.datetime | None
    loaded_at: dt.datetime | None
    source: Literal["registry", "local copy"] | None
    metrics: dict[str, float | None]
    features: Features | None
    errors: dict[str, Failure] = Field(description="By source, `model` or `snapshot`; empty if all is well.")


class PingResponse(Document):
    """The process answers."""

    status: Literal["ok"] = "ok"


class ReadyResponse(Document):
    """Whether predictions can be answered, and what is missing or not as it should be."""

    status: Literal["ready", "not ready"]
    reasons: list[str] = Field(description="What is missing; empty when ready.")
    notes: list[str] = Field(description="What is not as it should be, such as serving from the local copy.")
    model: ModelVersion | None
    as_of: dt.date | None


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
