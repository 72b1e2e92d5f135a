"""What the service stands on: a real database server, a real registry server, models and snapshots in them."""

from __future__ import annotations

import uuid
from itertools import cycle
from typing import TYPE_CHECKING

from tests.support.api.embedded_servers import LiveDatabase, LiveRegistry, LoggedModels
from tests.support.faults.right_answers import SNAPSHOT_DAYS, Answers
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

    from quantity.settings import Settings
    from tests.support.faults.mortal_database import MortalDatabase
    from tests.support.faults.mortal_registry import MortalRegistry

POLL_SECONDS = 0.1

LOGGED_SHARE = 0.02
"""Constant load is of 50,000 pairs a second: to ship them all takes a small machine's whole time."""


class Plant:
    """Two servers with a champion and a published snapshot.

    Attributes:
        database, registry: the servers.
        logged: the models that can be registered.
        models: the registered model.
        tables: the tables.
        right: what may be answered.
        champion: the version that the alias points to.
        publication: the published snapshot's.

    Args:
        folder: for everything that is not in the servers' own.
        database: a running server.
        registry: a running server.
    """

    def __init__(self, folder: Path, database: MortalDatabase, registry: MortalRegistry) -> None:
        self.database, self.registry = database, registry
        self._folder = folder
        self._name = f"test_{uuid.uuid4().hex[:12]}"
        database.server.admin(f"CREATE DATABASE {self._name}")
        settings = self.settings("plant")
        self.right = Answers(settings)
        self.logged = LoggedModels(settings)
        self.models = LiveRegistry(settings, self.logged)
        self.tables = LiveDatabase(settings)
        self._days = cycle(SNAPSHOT_DAYS)
        self.champion = self.promote("good")
        self.publication = self.publish()

    def settings(self, folder: str, **others: object) -> Settings:
        """Settings of a service on this plant, with a folder of its own."""
        values: dict[str, object] = {
            "mlflow_tracking_uri": self.registry.url,
            "api_poll_seconds": POLL_SECONDS,
            "prediction_log_share": LOGGED_SHARE,
        }
        return settings_for(self._folder / folder, self.database_url).model_copy(update=values | others)

    @property
    def database_url(self) -> URL:
        """The address of the tables."""
        return self.database.server.url(self._name)

    def execute(self, *statements: str) -> None:
        """Change the tables behind everybody's back."""
        self.database.server.admin(f"USE {self._name}", *statements)

    def files_of(self, name: str) -> Path:
        """The folder in which the registry's server keeps a logged model."""
        return self.registry.artifacts / self.logged.source(name).files.removeprefix("mlflow-artifacts:/")

    def register(self, kind: str) -> str:
        """Register a version, ``good`` or ``other``; the result is its number."""
        version = self.models.register(kind)
        self.right.add_version(version, kind)
        return version

    def promote(self, kind: str) -> str:
        """Register a version and make it champion."""
        self.champion = self.register(kind)
        self.models.promote(self.champion)
        return self.champion

    def publish(self) -> str:
        """Publish another snapshot than the one before; the result is its publication."""
        self.publication = self.tables.publish(next(self._days)).publication
        return self.publication

    def roll_back(self) -> str:
        """Put the snapshot before back; the result is its new publication."""
        self.publication = self.tables.roll_back().publication
        return self.publication
