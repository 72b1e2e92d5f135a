"""What explanations look like, and what the OpenAPI document says of the endpoint."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic looks the types up
from typing import Any, Final

from pydantic import Field

from api.http.json_documents import Document
from api.http.openapi import SCHEMAS
from api.predict.documentation import PREDICT
from api.predict.schema import ModelVersion, Status  # noqa: TC001 - as above

REQUEST: Final = "ExplainRequest"
"""Name of the request in the OpenAPI document."""

EXAMPLE: Final = {"input": [{"store_id": 55, "product_id": 1866}], "date": "2018-01-08"}


class Contribution(Document):
    """What one feature adds to the logarithm of the estimate."""

    feature: str = Field(description="Its name in the model.")
    words: str = Field(description="What it is and its value, in words.")
    value: float | str | None = Field(description="Its value as the words tell it; null where it is missing.")
    log_effect: float = Field(description="What it adds to `log_estimate`.")
    factor: float = Field(description="By what it multiplies the estimate: exp(`log_effect`).")


class Baseline(Document):
    """A simple rule that the estimate is pulled towards, where that has proved better."""

    name: str
    cases: float
    weight: float = Field(description="Share of its logarithm in the result's: 1 leaves nothing of the trees.")


class Explanation(Document):
    """How the quantity of one pair comes about; null where there is none."""

    store_id: int | None
    product_id: int | None
    store: str | None = Field(None, description="As asked, where the store is asked by text.")
    product: str | None = Field(None, description="As asked, where the product is asked by text.")
    status: Status
    quantity: int | None = Field(description="As `POST /quantity/predict` answers.")
    log_start: float | None = Field(
        description="Where the sum starts: the pair's expected level and the trees' mean above it, log(cases)."
    )
    log_estimate: float | None = Field(description="`log_start` and every `log_effect`, added up.")
    start: float | None = Field(description="exp(`log_start`), cases.")
    estimate: float | None = Field(description="exp(`log_estimate`), cases.")
    contributions: list[Contribution] = Field(description="Of every feature that adds something, the largest first.")
    reasons: list[str] = Field(description="The five largest in words, with what each does to the estimate.")
    baseline: Baseline | None = Field(description="Null where the trees answer alone.")
    cases: float | None = Field(description="The estimate, pulled towards the baseline: what is rounded.")
    packs: list[int] = Field(description="The quantities that the product is really ordered in.")
    pack: int | None = Field(
        description="The pack that `cases` was snapped to; null where it was rounded to a whole number."
    )


class ExplainResponse(Document):
    """One explanation a pair, in the order of the request."""

    items: list[Explanation]
    date: dt.date = Field(description="The checkout date explained.")
    as_of: dt.date = Field(description="The history features use orders strictly before this date.")
    model: ModelVersion


EXPLAIN: Final[dict[str, Any]] = {
    "summary": "Explain predictions",
    "tags": ["quantity"],
    "responses": {
        **PREDICT["responses"],
        200: {"model": ExplainResponse, "description": "One explanation per pair, in the order of the request."},
        503: {
            "model": PREDICT["responses"][503]["model"],
            "description": "No model or no features yet, and what to run; or too many questions at a time.",
        },
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": SCHEMAS.format(model=REQUEST)}, "example": EXAMPLE}},
        }
    },
}
