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


class Live(Document):
    """How good the version's answers were over the last scored days of a source; null where nothing tells."""

    source: Literal["asked", "replayed"] = Field(
        description="Answers of the prediction log, or answers to the orders of those days, asked about or not."
    )
    days: int = Field(description="Length of the window, which ends with `until`.")
    until: dt.date = Field(description="The last scored day.")
    orders: int
    score: float | None = Field(description="WAPE + |bias|; lower is better.")
    wape: float | None
    bias: float | None = Field(description="Cases answered too many, as a share of the cases ordered.")
    hit_rate: float | None
    typical_hit_rate: float | None
    coverage: float | None = Field(description="Share of the orders inside the range.")
    range_width: float | None = Field(description="Mean of high - low, cases.")
    matched_share: float | None = Field(description="Share of the asked pairs that were ordered.")
    baselines: dict[str, float | None] = Field(description="Score of each baseline on the same orders.")


class Promotion(Document):
    """One move of the alias."""

    at: dt.datetime
    from_version: str | None = Field(description="Null where no version had the alias.")
    to_version: str
    run_id: str
    by: str = Field(description="`training`, or `by hand`.")
    why: str
    orders: int | None = Field(description="Orders that both versions answered.")
    improvement: float | None = Field(description="Of the score; positive is better, null: not compared.")
    improvement_low: float | None = Field(description="Lower end of the interval of the improvement.")
    improvement_high: float | None = Field(description="Upper end.")
    level: float | None = Field(description="Of the interval, between 0 and 1.")


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
    live: list[Live] = Field(description="Live accuracy of this version by source and window; empty before scoring.")
    promotions: list[Promotion] = Field(description="The latest moves of the alias, newest first.")


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
