"""The endpoints of predictions and of the model."""

import os

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response

from api.http import openapi as documentation
from api.http.body import read_body
from api.http.direct_route import DirectRoute
from api.http.json_response import JsonResponse
from api.predict.answer import Answerer
from api.service import Service
from api.status.model_report import model_report

LARGE_BODY_BYTES = 15_000
"""A body of some 500 pairs. Larger ones are answered in a thread, so that they do not hold up small ones."""


class QuantityRoutes:
    """`POST /quantity/predict` and `GET /quantity/model`.

    Args:
        service: what is served.
        answerer: answers requests.
    """

    def __init__(self, service: Service, answerer: Answerer) -> None:
        self._service, self._answerer = service, answerer
        # The numeric work is done outside the interpreter's lock: a thread a core is of use, more are not.
        self._large = CapacityLimiter(os.cpu_count() or 1)

    def add_to(self, app: FastAPI) -> None:
        """Register the endpoints."""
        app.router.add_api_route(
            "/quantity/predict",
            self.predict,
            methods=["POST"],
            route_class_override=DirectRoute,
            **documentation.PREDICT,
        )
        app.add_api_route("/quantity/model", self.model, methods=["GET"], **documentation.MODEL)

    async def predict(self, request: Request) -> Response:
        """Answer how many cases each store will order of each product, if it orders it.

        `predictions` and `items` are in the order of `input`. A pair that was never ordered is predicted all
        the same (`cold_start`); an unknown store or product has the prediction null.
        """
        using = self._service.answering()
        settings = self._service.settings
        body = await read_body(request, settings.api_max_body_bytes, settings.api_read_seconds)
        if len(body) > LARGE_BODY_BYTES:
            answered = await to_thread.run_sync(self._answerer.answer, body, using, limiter=self._large)
        else:
            answered = self._answerer.answer(body, using)
        request.state.pairs = answered.pairs
        return Response(answered.body, media_type="application/json")

    async def model(self) -> Response:
        """Tell which model version and features answer, where from, and what could not be loaded."""
        service = self._service
        serving = service.current.serving
        report = model_report(
            serving,
            service.failures(),
            name=service.settings.model_name,
            alias=service.settings.model_alias,
            missing=service.missing(serving),
        )
        return JsonResponse(report, 503 if serving.model is None else 200)
