"""Apps whose loader runs in the test's own process, on sources in memory or on real ones."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi.testclient import TestClient

from api.app import create_app
from api.loading.contents import identity_of
from api.loading.database import Database
from api.loading.loader import Loader
from api.loading.local_copy import LocalCopies, copies_folder
from api.loading.order_history import order_history_source
from api.loading.registry import Registry
from quantity.settings import Settings
from tests.support.api.memory_source import MemorySource
from tests.support.api.small_market import model_in_memory, run_of, snapshot_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI

    from api.loading.source import Source
    from api.loading.status import LoaderStatus
    from api.service import Service
    from api.serving.halves import ModelInMemory, SnapshotInMemory
    from api.serving.order_history import OrderHistory
    from api.status.metrics import Metrics

NEVER_POLLS = 3600.0


def make_settings(folder: Path, **others: object) -> Settings:
    """Settings without the environment's, whose loader looks once."""
    defaults: dict[str, object] = {
        "local_dir": folder,
        "artifacts_dir": folder / "artifacts",
        "mysql_host": None,
        "mlflow_tracking_uri": None,
        "api_poll_seconds": NEVER_POLLS,
    }
    return Settings.model_validate(defaults | others)


class LoaderHere:
    """The loader in this process, which looks when it is told to.

    Args:
        settings: of the program.
        registry: where model versions come from.
        database: where snapshots come from.
        orders: where the last orders of each pair come from, if anybody asks for them.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Source[ModelInMemory],
        database: Source[SnapshotInMemory],
        orders: Source[OrderHistory] | None = None,
    ) -> None:
        self.copies = LocalCopies(copies_folder(settings))
        self.work = Loader(settings, registry, database, self.copies, orders)
        self.starts = 0
        self.trouble: str | None = None
        self.is_silent = False

    def start(self) -> None:
        self.starts += 1

    def watch(self) -> LoaderStatus | None:
        return None if self.is_silent else self.work.status()

    def stop(self) -> None:
        """There is nothing to end."""


class AppOn:
    """An app, its loader, and a client of it.

    Args:
        settings: of the app.
        registry: where model versions come from.
        database: where snapshots come from.
        orders: where the last orders of each pair come from, if anybody asks for them.
    """

    def __init__(
        self,
        settings: Settings,
        registry: Source[ModelInMemory],
        database: Source[SnapshotInMemory],
        orders: Source[OrderHistory] | None = None,
    ) -> None:
        self.loader = LoaderHere(settings, registry, database, orders)
        self.api: FastAPI = create_app(settings, loader=self.loader)
        self.service: Service = self.api.state.service
        self.client = TestClient(self.api)

    def look(self) -> None:
        """Look at both sources and at the local copy now."""
        self.loader.work.look()
        self.service.look()

    def metric(self, name: str, **labels: str) -> float | None:
        """The value of one series at this moment."""
        metrics: Metrics = self.api.state.metrics
        return metrics.registry.get_sample_value(name, labels)


class App(AppOn):
    """An app on sources in memory."""

    def __init__(
        self, settings: Settings, model: ModelInMemory | None = None, snapshot: SnapshotInMemory | None = None
    ) -> None:
        self.models = MemorySource(model, lambda version: identity_of(version, run_of(version)))
        self.snapshots = MemorySource(snapshot)
        super().__init__(settings, self.models, self.snapshots)


def live_app(settings: Settings) -> AppOn:
    """An app on the settings' registry and database."""
    return AppOn(settings, Registry(settings), Database(settings), order_history_source(settings))


@contextmanager
def running(app: AppOn) -> Iterator[None]:
    """The app started, its first look at both sources over."""
    with app.client:
        app.look()
        yield


def loaded_app(settings: Settings) -> App:
    """An app whose sources have model version 1 and the snapshot `a`."""
    return App(settings, model_in_memory(), snapshot_in_memory())


def empty_app(settings: Settings) -> App:
    """An app whose sources have nothing, and had nothing."""
    app = App(settings)
    app.models.lost = app.snapshots.lost = True
    return app
