"""`GET /quantity/model`: which model version and snapshot answer, and what could not be loaded."""

import datetime as dt
from dataclasses import asdict

from fastapi import FastAPI, Response

from api.http.json_documents import JsonResponse
from api.loading.local_copy import MODEL, SNAPSHOT
from api.service import Service
from api.serving.halves import SnapshotInMemory
from api.status import reports
from api.status.reports import Failure, Features, Live, ModelResponse, Promotion
from quantity.db.monitoring_tables import ASKED
from quantity.db.outcomes import Outcomes, Window
from quantity.outcomes import live_metrics


class ModelRoute:
    """The endpoint.

    Args:
        service: what is described.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def add_to(self, app: FastAPI) -> None:
        """Register it."""
        app.add_api_route("/quantity/model", self.model, methods=["GET"], **reports.MODEL)

    async def model(self) -> Response:
        """Tell which model version and features answer, where from, and what could not be loaded."""
        report = self.report()
        return JsonResponse(report, 503 if report.version is None else 200)

    def report(self) -> ModelResponse:
        """What is in memory."""
        service = self._service
        contents, settings = service.memory.contents, service.settings
        model, outcomes = contents.model, service.monitoring.read() or Outcomes()
        return ModelResponse(
            detail="; ".join(service.missing()) or None,
            name=settings.model_name,
            alias=settings.model_alias,
            version=model.version if model else None,
            run_id=model.info.run_id if model else None,
            trained_at=model.info.trained_at if model else None,
            loaded_at=model.loaded_at if model else None,
            source=("local copy" if service.is_unconfirmed(MODEL) else "registry") if model else None,
            metrics=model.info.metrics if model else {},
            features=self._features(contents.snapshot) if contents.snapshot else None,
            errors={
                name: Failure(reason=failure.reason, version=failure.version, at=failure.at)
                for name, failure in service.failures().items()
            },
            live=_live(outcomes, model.version) if model else [],
            promotions=_promotions(outcomes),
        )

    def _features(self, snapshot: SnapshotInMemory) -> Features:
        info = snapshot.info
        return Features(
            as_of=info.as_of_date,
            snapshot_id=info.snapshot_id,
            publication=info.publication,
            created_at=info.created_at.replace(tzinfo=dt.UTC),
            loaded_at=snapshot.loaded_at,
            source="local copy" if self._service.is_unconfirmed(SNAPSHOT) else "database",
            stores=info.store_rows,
            products=info.product_rows,
            pairs=info.pair_rows,
        )


def _live(outcomes: Outcomes, version: str) -> list[Live]:
    return [_window(window, outcomes) for window in outcomes.windows if window.model_version == version]


def _window(window: Window, outcomes: Outcomes) -> Live:
    values = asdict(live_metrics(window.sums)) | {"source": window.source, "days": window.days}
    if window.source != ASKED:
        values["matched_share"] = None  # replayed answers are to orders only
    return Live.model_validate(values | {"until": outcomes.scored_until[window.source]})


def _promotions(outcomes: Outcomes) -> list[Promotion]:
    return [
        Promotion(
            at=each.promoted_at.replace(tzinfo=dt.UTC),
            from_version=each.from_version,
            to_version=each.to_version,
            run_id=each.run_id,
            by=each.promoted_by,
            why=each.reason,
            orders=each.orders,
            improvement=each.improvement,
            improvement_low=each.improvement_low,
            improvement_high=each.improvement_high,
            level=each.level,
        )
        for each in outcomes.promotions
    ]
