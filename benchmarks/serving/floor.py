"""The floor: the service's endpoint as FastAPI alone serves it, answering constants.

``python -m benchmarks.serving.floor PORT`` serves it with the options of ``python -m api``; nothing is counted
or logged.
"""

import datetime as dt
import sys
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from api.http.server import GRACE_SECONDS
from api.predict.json_object import STRICT
from api.predict.pair import NumberPair
from api.predict.schema import RequestedDate


class Body(BaseModel):
    """A request whose pairs are all named by numbers."""

    model_config = STRICT

    input: Annotated[list[NumberPair], Field(min_length=1, max_length=10_000)]
    date: RequestedDate = None
    shown: bool = True


class Document(BaseModel):
    """An answer's part."""

    model_config = ConfigDict(extra="forbid")


class Item(Document):
    """The answer to one pair."""

    store_id: int
    product_id: int
    quantity: int | None
    typical: int | None
    low: int | None
    high: int | None
    status: Literal["ok", "cold_start", "unknown_store", "unknown_product"]


class ModelVersion(Document):
    """The model version that answered."""

    name: str
    version: str


class Answer(Document):
    """One prediction and one item per pair."""

    predictions: list[int | None]
    items: list[Item]
    date: dt.date
    as_of: dt.date
    model: ModelVersion


ITEM = Item(store_id=1, product_id=1, quantity=2, typical=2, low=1, high=3, status="ok")
DAY = dt.date(2018, 1, 8)
MODEL = ModelVersion(name="quantity", version="1")

app = FastAPI()


@app.post("/quantity/predict")
async def predict(request: Body) -> Answer:
    """As many constants as the request has pairs."""
    pairs = len(request.input)
    return Answer(predictions=[2] * pairs, items=[ITEM] * pairs, date=DAY, as_of=DAY, model=MODEL)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
