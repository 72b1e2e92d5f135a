"""The endpoint of explanations."""

import logging
from collections.abc import Callable
from typing import Final

import anyio
import numpy as np
from anyio import BrokenWorkerProcess, CapacityLimiter, to_process
from fastapi import FastAPI, Request, Response

from api.explain.explanation import explanations
from api.explain.schema import EXPLAIN, ExplainResponse
from api.explain.tree_shares import Ensembles, Shares, shares_of
from api.http.body import read_body
from api.http.errors import not_ready
from api.http.json_documents import JsonResponse
from api.http.load_limit import LargeRequests, RequestSize, too_busy
from api.predict.names import with_numbers
from api.predict.read import Reader
from api.predict.route import LARGE_BODY_BYTES, MAX_LARGE_REQUESTS, Service
from api.predict.schema import ModelVersion
from api.serving.memory import ActivePair

PATH: Final = "/quantity/explain"

MAX_PAIRS: Final = 100
MAX_WAITING: Final = 8
"""So many requests wait while another is worked on; more are refused."""

SECONDS: Final = 30.0
"""So long a request may be worked on, the start of the process included."""

logger = logging.getLogger(__name__)


class ExplainRoute:
    """`POST /quantity/explain`: beside the request path, in a process that works on one request at a time.

    Args:
        service: has the active pair.
        shares: what the process does.
    """

    def __init__(self, service: Service, shares: Callable[[Ensembles, np.ndarray], Shares] = shares_of) -> None:
        self._service, self._shares = service, shares
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
        date = question.date or settings.today()
        predictions = pair.predictor.predict(question.store_id, question.product_id, date)
        _, rows = pair.predictor.features(question.store_id, question.product_id, date)
        rows = rows[predictions.quantity > 0]
        items = explanations(question, predictions, rows, await self._shares_in(pair, rows), pair.model.compiled)
        model = ModelVersion(pair.model.info.name, pair.model.version)
        return JsonResponse(ExplainResponse(items=items, date=date, as_of=pair.snapshot.info.as_of_date, model=model))

    async def _shares_in(self, pair: ActivePair, rows: np.ndarray) -> Shares:
        """The shares in the estimates for rows.

        Raises:
            RefusedError: 503, too many wait, the process has ended, or it takes too long.
        """
        ensembles = Ensembles.of(pair.model.compiled)
        if not len(rows):
            return Shares.of_none(ensembles, rows)
        if self._one.statistics().tasks_waiting >= MAX_WAITING:
            raise too_busy("there are too many requests for explanations")
        try:
            async with self._one:
                with anyio.fail_after(SECONDS):
                    # Cancelling it ends the process.
                    return await to_process.run_sync(self._shares, ensembles, rows, cancellable=True)
        except TimeoutError:
            reason = f"the explanation took more than {SECONDS:g} seconds"
        except BrokenWorkerProcess:
            reason = "the process that explains has ended; another one starts"
        logger.error("not explained", extra={"reason": reason, "pairs": len(rows)})
        raise too_busy(reason)
