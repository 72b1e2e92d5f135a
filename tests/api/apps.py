"""Apps on sources in memory, and settings that depend on nothing outside the test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi.testclient import TestClient

from api.app import create_app
from api.service import Sources
from quantity.settings import Settings
from tests.api.market import loaded_model, loaded_snapshot
from tests.api.memory_source import MemorySource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from api.loaded import LoadedModel, LoadedSnapshot
    from api.metrics import Metrics
    from api.service import Service

NEVER_POLLS = 3600.0


def make_settings(folder: Path, **others: object) -> Settings:
    """Settings without the environment's, whose pollers look once."""
    defaults: dict[str, object] = {
        "local_dir": folder,
        "artifacts_dir": folder / "artifacts",
        "mysql_host": None,
        "mlflow_tracking_uri": None,
        "api_poll_seconds": NEVER_POLLS,
    }
    return Settings.model_validate(defaults | others)


class App:
    """An app on sources in memory, and a client of it."""

    def __init__(
        self, settings: Settings, models: MemorySource[LoadedModel], snapshots: MemorySource[LoadedSnapshot]
    ) -> None:
        self.models, self.snapshots = models, snapshots
        self.api: FastAPI = create_app(settings, sources=Sources(models, snapshots))
        self.service: Service = self.api.state.service
        self.client = TestClient(self.api)

    def metric(self, name: str, **labels: str) -> float | None:
        """The value of one series at this moment."""
        metrics: Metrics = self.api.state.metrics
        return metrics.registry.get_sample_value(name, labels)


@contextmanager
def running(app: App) -> Iterator[App]:
    """The app started, its first look at both sources over."""
    with app.client:
        app.service.refresh()
        yield app


def loaded_app(settings: Settings) -> App:
    """An app whose sources have model version 1 and the snapshot `a`."""
    return App(settings, MemorySource("model", loaded_model()), MemorySource("snapshot", loaded_snapshot()))


def empty_app(settings: Settings) -> App:
    """An app whose sources have nothing."""
    return App(settings, MemorySource("model"), MemorySource("snapshot"))
