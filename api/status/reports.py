"""What the answers of the status endpoints look like."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic looks the types up
from typing import Literal

from pydantic import Field

from api.http.documents import Document
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
