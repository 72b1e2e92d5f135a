"""What error answers look like, for the OpenAPI document."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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
