"""The floor: the service's endpoint by FastAPI alone, with the same models, answering constants.

``python -m benchmarks.serving.floor PORT`` serves it with the options of ``python -m api``; nothing is counted
or logged.
"""

import datetime as dt
import sys
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI

from api.http.server import GRACE_SECONDS
from api.predict.schema import Item, ModelVersion, PredictRequest, PredictResponse, predict_request

if TYPE_CHECKING:
    Body = PredictRequest
else:
    Body = predict_request(10_000)

ITEM = Item(store_id=1, product_id=1, quantity=2, typical=2, low=1, high=3, status="ok")
DAY = dt.date(2018, 1, 8)
MODEL = ModelVersion(name="quantity", version="1")

app = FastAPI()


@app.post("/quantity/predict")
async def predict(request: Body) -> PredictResponse:
    """As many constants as the request has pairs."""
    pairs = len(request.input)
    return PredictResponse(predictions=[2] * pairs, items=[ITEM] * pairs, date=DAY, as_of=DAY, model=MODEL)


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
