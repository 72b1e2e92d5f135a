"""The endpoints that an orchestrator asks."""

from fastapi import FastAPI, Response

from api.http.json_documents import JsonResponse
from api.predict.schema import ModelVersion
from api.service import Service
from api.status import reports
from api.status.reports import PingResponse, ReadyResponse


class HealthRoutes:
    """`GET /healthcheck/ping` and `GET /healthcheck/ready`.

    Args:
        service: what is described.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def add_to(self, app: FastAPI) -> None:
        """Register the endpoints."""
        app.add_api_route("/healthcheck/ping", self.ping, methods=["GET"], **reports.PING)
        app.add_api_route("/healthcheck/ready", self.ready, methods=["GET"], **reports.READY)

    async def ping(self) -> PingResponse:
        """Answer, which is all there is to prove."""
        return PingResponse()

    async def ready(self) -> Response:
        """Tell whether a model and features are in memory; if not, why."""
        contents, reasons = self._service.memory.contents, self._service.missing()
        model, snapshot = contents.model, contents.snapshot
        content = ReadyResponse(
            status="not ready" if reasons else "ready",
            reasons=reasons,
            notes=self._service.notes(),
            model=ModelVersion(name=model.info.name, version=model.version) if model else None,
            as_of=snapshot.info.as_of_date if snapshot else None,
        )
        return JsonResponse(content, 503 if reasons else 200)
