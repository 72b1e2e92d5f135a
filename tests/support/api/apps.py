"""Apps on sources in memory, and settings that depend on nothing outside the test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi.testclient import TestClient

from api.app import create_app
from api.service import Sources
from quantity.settings import Settings
from tests.support.api.memory_source import MemorySource
from tests.support.api.small_market import model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from api.service import Service
    from api.serving.memory import ModelInMemory, SnapshotInMemory
    from api.status.metrics import Metrics

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
        self, settings: Settings, models: MemorySource[ModelInMemory], snapshots: MemorySource[SnapshotInMemory]
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
    return App(settings, MemorySource("model", model_in_memory()), MemorySource("snapshot", snapshot_in_memory()))


def empty_app(settings: Settings) -> App:
    """An app whose sources have nothing."""
    return App(settings, MemorySource("model"), MemorySource("snapshot"))
