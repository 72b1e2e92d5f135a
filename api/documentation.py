"""The OpenAPI document: what FastAPI cannot know of an endpoint that reads its body itself."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from api.schemas import (
    LEFT_OUT,
    InvalidRequest,
    ModelResponse,
    PredictRequest,
    PredictResponse,
    Problem,
    ReadyResponse,
    predict_request,
)

TITLE = "Order quantity"
DESCRIPTION = (
    "How many cases will this store order of this product on this date, given that it orders it? "
    "`POST /quantity/predict` answers for up to thousands of pairs of store and product at once: "
    "with `quantity` for planning, and `typical` for pre-filling a cart."
)
TAGS = [
    {"name": "quantity", "description": "Predictions, and the model behind them."},
    {"name": "operation", "description": "Health and metrics."},
]
EXAMPLE = {
    "input": [{"store_id": 55, "product_id": 1866}, {"store_id": 55, "product_id": 1867}],
    "date": LEFT_OUT,
}
ANSWER_EXAMPLE = {
    "predictions": [8, 2],
    "items": [
        {
            "store_id": 55,
            "product_id": 1866,
            "quantity": 8,
            "typical": 6,
            "low": 3,
            "high": 13,
            "status": "ok",
        },
        {
            "store_id": 55,
            "product_id": 1867,
            "quantity": 2,
            "typical": 1,
            "low": 1,
            "high": 5,
            "status": "cold_start",
        },
    ],
    "date": "2018-01-08",
    "as_of": "2018-01-08",
    "model": {"name": "quantity", "version": "1"},
}
"""To `EXAMPLE`, without an unknown pair: FastAPI leaves nulls out of the document."""

_SCHEMAS = "#/components/schemas/{model}"

PREDICT: dict[str, Any] = {
    "summary": "Predict cases for pairs of store and product",
    "tags": ["quantity"],
    "responses": {
        200: {
            "model": PredictResponse,
            "description": "One prediction per pair, in the order of the request.",
            "content": {"application/json": {"example": ANSWER_EXAMPLE}},
        },
        408: {"model": Problem, "description": "The body came too slowly."},
        413: {"model": Problem, "description": "The body is too large."},
        422: {"model": InvalidRequest, "description": "The place and the reason of each fault."},
        503: {"model": Problem, "description": "No model or no features yet, and what to run."},
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": _SCHEMAS.format(model=PredictRequest.__name__)},
                    "example": EXAMPLE,
                }
            },
        }
    },
}
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


class DocumentedApi(FastAPI):
    """FastAPI, with the schema of the request that `PREDICT` refers to.

    Args:
        max_pairs: most pairs that a request may have.
        options: FastAPI's own.
    """

    def __init__(self, max_pairs: int, **options: Any) -> None:
        super().__init__(
            title=TITLE,
            description=DESCRIPTION,
            openapi_tags=TAGS,
            docs_url="/documentation",
            redoc_url="/redoc",
            **options,
        )
        self._max_pairs = max_pairs

    def openapi(self) -> dict[str, Any]:
        """The document, made at the first call."""
        if self.openapi_schema is None:
            schemas = super().openapi()["components"]["schemas"]
            request = predict_request(self._max_pairs).model_json_schema(ref_template=_SCHEMAS)
            schemas.update(request.pop("$defs"))
            schemas[PredictRequest.__name__] = request
        return super().openapi()
