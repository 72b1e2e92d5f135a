"""What the OpenAPI document says of the endpoint, which FastAPI cannot know: it reads its body itself."""

from __future__ import annotations

from typing import Any

from api.http.json_documents import InvalidRequest, Problem
from api.http.openapi import SCHEMAS
from api.predict.schema import LEFT_OUT, PredictRequest, PredictResponse

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
        415: {"model": Problem, "description": "The body's Content-Encoding is not gzip."},
        422: {"model": InvalidRequest, "description": "The place and the reason of each fault."},
        503: {"model": Problem, "description": "No model or no features yet, and what to run."},
    },
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": SCHEMAS.format(model=PredictRequest.__name__)},
                    "example": EXAMPLE,
                }
            },
        }
    },
}
