"""The endpoint of predictions."""

import datetime as dt
import os
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response

from api.http.body import read_body
from api.http.direct_route import DirectRoute
from api.http.errors import not_ready
from api.http.json_documents import JsonBytes
from api.http.load_limit import LargeRequests, RequestSize
from api.predict.answer import write_answer
from api.predict.documentation import PREDICT
from api.predict.names import with_numbers
from api.predict.pair import NumberPair
from api.predict.read import Question, Reader
from api.predict.schema import ENCODER, NumberRequest
from api.prediction_log.segment import Request as AnsweredRequest
from api.serving.memory import ActivePair
from quantity.online.predictor import Predictions
from quantity.settings import Settings

PATH = "/quantity/predict"

LARGE_BODY_BYTES = 15_000
"""A body of some 500 pairs. Larger ones are answered in a thread, so that they do not hold up small ones."""

MAX_LARGE_REQUESTS = 64
"""So many of them arrive, wait or are answered at a time: some 130 MB of bodies of the largest size."""

WARM_UP_PAIRS = 3


class Service(Protocol):
    """What the endpoint needs of the service."""

    @property
    def settings(self) -> Settings:
        """Of the program."""

    @property
    def active_pair(self) -> ActivePair | None:
        """The model version and the snapshot to answer from."""

    def missing(self) -> list[str]:
        """What predictions wait for, and what to run."""


class Counter(Protocol):
    """Counts predictions."""

    def observe(self, predictions: Predictions, model_version: str) -> None:
        """Count the answers to one request."""


class Log(Protocol):
    """Keeps predictions."""

    def add(self, request: AnsweredRequest, numbers: np.ndarray, pair: ActivePair) -> None:
        """Keep the answers to one request: `Predictions.numbers` of its pairs."""


class Answer(NamedTuple):
    """An answer's body, and what it was made of.

    Attributes:
        body: of the answer.
        question: with the numbers of all stores and products.
        date: the checkout date.
        predictions: for the question's pairs.
    """

    body: bytes
    question: Question
    date: dt.date
    predictions: Predictions


class PredictRoute:
    """`POST /quantity/predict`.

    Args:
        service: has the active pair.
        counter: counts the predictions.
        log: keeps them; by default nothing does.
        today: the date that a request without one is for; by default the settings'.
    """

    def __init__(
        self, service: Service, counter: Counter, log: Log | None = None, today: Callable[[], dt.date] | None = None
    ) -> None:
        self._service, self._counter, self._log = service, counter, log
        self._today = today or service.settings.today
        self._reader = Reader(service.settings.api_max_pairs)
        # The numeric work is done outside the interpreter's lock: a thread a core is of use, more are not.
        self._threads = CapacityLimiter(os.cpu_count() or 1)
        self._large = LargeRequests(LARGE_BODY_BYTES, MAX_LARGE_REQUESTS)

    def add_to(self, app: FastAPI) -> None:
        """Register the endpoint."""
        app.add_api_route(PATH, self.predict, methods=["POST"], **PREDICT)
        app.add_middleware(DirectRoute, path=PATH, endpoint=self.predict)

    async def predict(self, request: Request) -> Response:
        """Answer how many cases each store will order of each product, if it orders it.

        `predictions` and `items` are in the order of `input`. A pair that was never ordered is predicted all
        the same (`cold_start`); an unknown store or product has the prediction null. Where the ids in the files are
        text, `store` and `product` name them as they are there, and the item gives them back.
        """
        settings, pair = self._service.settings, self._service.active_pair
        if pair is None:
            raise not_ready(self._service.missing(), settings.api_poll_seconds)
        with RequestSize(self._large) as size:
            body = await read_body(request, settings.api_max_body_bytes, settings.api_read_seconds, size)
            state = request.scope["state"]
            asked = body, pair, state["request_id"]
            if len(body) > LARGE_BODY_BYTES:
                answer = await to_thread.run_sync(self._answer_and_keep, *asked, limiter=self._threads)
            else:
                answer = self._answer_and_keep(*asked)
        state["pairs"] = len(answer.predictions.status)
        return JsonBytes(answer.body)

    def answer(self, body: bytes, pair: ActivePair) -> Answer:
        """Answer a request's body from a model version and a snapshot; nothing is counted or logged.

        Raises:
            RefusedError: 422, the body is not a valid request.
        """
        question = with_numbers(self._reader.read(body), pair.snapshot.features)
        date = question.date or self._today()
        predictions = pair.predictor.predict(question.store_id, question.product_id, date)
        return Answer(write_answer(question, predictions, date, pair), question, date, predictions)

    def warm_up(self, pair: ActivePair) -> None:
        """Answer a first request, from bytes to bytes, so that no client waits for what is done but once."""
        few = min(WARM_UP_PAIRS, self._service.settings.api_max_pairs)
        store_id, product_id = pair.snapshot.features.pairs(few)
        request = NumberRequest(list(map(NumberPair, store_id.tolist(), product_id.tolist())))
        self.answer(ENCODER.encode(request), pair)

    def _answer_and_keep(self, body: bytes, pair: ActivePair, request_id: str) -> Answer:
        answer = self.answer(body, pair)
        self._counter.observe(answer.predictions, pair.model.version)
        if self._log is not None:
            _, asked, date, predictions = answer
            numbers = predictions.numbers
            request = AnsweredRequest(request_id, time.time_ns(), date, asked.shown, len(numbers))
            self._log.add(request, numbers, pair)
        return answer
