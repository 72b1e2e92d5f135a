"""The endpoint of explanations."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Final

import anyio
import numpy as np
from anyio import BrokenWorkerProcess, CapacityLimiter, to_process
from fastapi import FastAPI, Request, Response

from api.explain.explanation import Answered, explained
from api.explain.schema import EXPLAIN
from api.explain.tree_shares import Ensembles
from api.http.body import read_body
from api.http.errors import not_ready
from api.http.json_documents import JsonBytes
from api.http.load_limit import LargeRequests, RequestSize, too_busy
from api.predict.names import with_numbers
from api.predict.read import Question, Reader
from api.predict.route import LARGE_BODY_BYTES, MAX_LARGE_REQUESTS, Service
from api.predict.schema import ModelVersion
from api.serving.memory import ActivePair
from api.serving.rows import packs_of

PATH: Final = "/quantity/explain"

MAX_PAIRS: Final = 100
MAX_WAITING: Final = 8
"""So many requests wait while another is worked on; more are refused."""

SECONDS: Final = 30.0
"""So long a request may be worked on, the start of the process included."""

NONE: Final = np.zeros(0, np.int64)

logger = logging.getLogger(__name__)


class ExplainRoute:
    """`POST /quantity/explain`: beside the request path, in a process that works on one request at a time.

    Args:
        service: has the active pair.
        work: what the process does.
    """

    def __init__(self, service: Service, work: Callable[[Answered], bytes] = explained) -> None:
        self._service, self._work = service, work
        self._reader = Reader(MAX_PAIRS)
        self._one = CapacityLimiter(1)
        self._large = LargeRequests(LARGE_BODY_BYTES, MAX_LARGE_REQUESTS)

    def add_to(self, app: FastAPI) -> None:
        """Register the endpoint."""
        app.add_api_route(PATH, self.explain, methods=["POST"], **EXPLAIN)

    def warm_up(self, pair: ActivePair) -> None:
        """Read a first row, so that no request waits for what is done but once."""
        pair.predictor.features(*pair.snapshot.features.pairs(1), pair.snapshot.info.as_of_date)

    async def explain(self, request: Request) -> Response:
        """Tell what pushed each estimate up and down; of at most 100 pairs.

        The contributions are SHAP values of the model's trees. They add up to the estimate's logarithm, so each
        multiplies the estimate by its factor. Then the estimate may lean on a baseline, and is snapped to the nearest
        pack of the product.
        """
        settings, pair = self._service.settings, self._service.active_pair
        if pair is None:
            raise not_ready(self._service.missing(), settings.api_poll_seconds)
        with RequestSize(self._large) as size:
            body = await read_body(request, settings.api_max_body_bytes, settings.api_read_seconds, size)
        question = with_numbers(self._reader.read(body), pair.snapshot.features)
        answered = _answered(question, question.date or settings.today(), pair)
        request.scope["state"]["pairs"] = len(answered.predictions.status)
        return JsonBytes(await self._explained(answered))

    async def _explained(self, answered: Answered) -> bytes:
        """The answer's body.

        Raises:
            RefusedError: 503, too many wait, the process has ended, or it takes too long.
        """
        if self._one.statistics().tasks_waiting >= MAX_WAITING:
            raise too_busy("there are too many requests for explanations")
        try:
            async with self._one:
                with anyio.fail_after(SECONDS):
                    # Cancelling it ends the process.
                    return await to_process.run_sync(self._work, answered, cancellable=True)
        except TimeoutError:
            reason = f"the explanation took more than {SECONDS:g} seconds"
        except BrokenWorkerProcess:
            reason = "the process that explains has ended; another one starts"
        logger.error("not explained", extra={"reason": reason, "pairs": len(answered.predictions.status)})
        raise too_busy(reason)


def _answered(question: Question, date: dt.date, pair: ActivePair) -> Answered:
    model, predictor = pair.model.compiled, pair.predictor
    predictions = predictor.predict(question.store_id, question.product_id, date)
    _, rows = predictor.features(question.store_id, question.product_id, date)
    has_answer = predictions.quantity > 0
    return Answered(
        question=question,
        predictions=predictions,
        rows=rows[has_answer],
        packs=[packs_of(product_id, model.rule) for product_id in question.product_id[has_answer].tolist()],
        labels=model.labels,
        ensembles=Ensembles.of(model),
        rule=model.rule._replace(products=NONE, first=NONE, packs=NONE),
        date=date,
        as_of=pair.snapshot.info.as_of_date,
        model=ModelVersion(pair.model.info.name, pair.model.version),
    )
