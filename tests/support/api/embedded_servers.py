"""The real registry and database, embedded: MLflow on SQLite, and the tables on SQLite."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlparse

import mlflow
import mlflow.sklearn
from mlflow.models import infer_signature

from quantity.db.engine import connect
from quantity.features.definitions import INPUTS
from quantity.model_files import MODEL_FILE, TRUSTED_TYPES
from quantity.registry import client
from tests.support.api.small_market import DAYS, LINES, feature_set, model
from training.publish.publishing import publish, roll_back

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

    from quantity.raw import RawTables
    from quantity.settings import Settings
    from quantity.versions import Published


PATIENCE_SECONDS = 60
"""A server may need a moment to notice that another publisher is dead."""


class Logged(NamedTuple):
    """The address of a model's files, the run that logged it, and the id that a server wants to be told."""

    files: str
    run_id: str
    model_id: str | None


class LoggedModels:
    """Models in MLflow's store, logged once and registered as often as tests like.

    Args:
        settings: of the store.
    """

    def __init__(self, settings: Settings) -> None:
        self.tracking_uri = settings.tracking_uri
        self._settings = settings
        self._sources: dict[str, Logged] = {}
        client(settings)
        # A server keeps artifacts where it likes.
        location = None if settings.mlflow_tracking_uri else settings.artifacts_dir.as_uri()
        self._experiment = mlflow.create_experiment("tests", artifact_location=location)

    def source(self, name: str) -> Logged:
        """Where ``good``, ``other``, ``damaged``, ``old features`` or one more like ``good`` is."""
        if name not in self._sources:
            self._sources[name] = self._damaged() if name == "damaged" else self._log(name)
        return self._sources[name]

    def copy_to(self, settings: Settings) -> None:
        """Give these settings a store of their own, with the models logged so far."""
        self.source("good")
        settings.local_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._settings.local_dir / "mlflow.db", settings.local_dir / "mlflow.db")

    def _log(self, name: str) -> Logged:
        client(self._settings)
        estimator = model(1 if name == "other" else 0)
        X = feature_set().history[list(INPUTS)].head(5)
        documented = X.drop(columns="qty_store_product_lag_1") if name == "old features" else X
        with warnings.catch_warnings(), mlflow.start_run(experiment_id=self._experiment) as run:
            warnings.filterwarnings("ignore", module="mlflow")  # its own type hints, and the like
            mlflow.log_metrics({"wape": 0.25, "bias": float("nan")})
            info = mlflow.sklearn.log_model(
                estimator,
                name="model",
                signature=infer_signature(documented, estimator.predict(X)),
                skops_trusted_types=list(TRUSTED_TYPES),
                pip_requirements=["scikit-learn"],
            )
        return Logged(info.artifact_path, run.info.run_id, info.model_id)

    def _damaged(self) -> Logged:
        logged = self.source("good")
        good = Path(urlparse(logged.files).path)
        folder = self._settings.local_dir / "damaged"
        shutil.copytree(good, folder)
        content = (folder / MODEL_FILE).read_bytes()
        (folder / MODEL_FILE).write_bytes(content[: len(content) // 2])
        return Logged(folder.as_uri(), logged.run_id, None)


class LiveRegistry:
    """One registered model of the store.

    Args:
        settings: name the model and its alias.
        logged: the store.
    """

    def __init__(self, settings: Settings, logged: LoggedModels) -> None:
        self._settings, self._logged = settings, logged
        self.begin()

    def begin(self) -> None:
        """Register the model, without a version."""
        self._client.create_registered_model(self._settings.model_name)

    def lose(self) -> None:
        """Forget the model, as a registry does that is made anew."""
        self._client.delete_registered_model(self._settings.model_name)

    def register(self, name: str) -> str:
        """Register a logged model; the result is the version's number."""
        logged = self._logged.source(name)
        version = self._client.create_model_version(
            self._settings.model_name, logged.files, logged.run_id, model_id=logged.model_id
        )
        return str(version.version)

    def promote(self, version: str) -> None:
        """Move the alias to a version."""
        self._client.set_registered_model_alias(self._settings.model_name, self._settings.model_alias, version)

    def remove_alias(self) -> None:
        """Take the alias away."""
        self._client.delete_registered_model_alias(self._settings.model_name, self._settings.model_alias)

    @property
    def _client(self) -> MlflowClient:
        return client(self._settings)


class LiveDatabase:
    """The tables.

    Args:
        settings: of the database.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def publish(self, days: int = DAYS, raw: RawTables | None = None) -> Published:
        """Publish the features of the first so many days, and raw tables if there are any."""
        engine = connect(self._settings.database_url)
        try:
            return publish(
                engine, feature_set(days), run_id="test", order_rows=LINES, raw=raw, wait_seconds=PATIENCE_SECONDS
            )
        finally:
            engine.dispose()

    def roll_back(self) -> Published:
        """Put the snapshot before back."""
        engine = connect(self._settings.database_url)
        try:
            return roll_back(engine)
        finally:
            engine.dispose()

    def rename(self, table: str, to: str) -> None:
        """Rename a table under the readers' feet."""
        engine = connect(self._settings.database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(f'ALTER TABLE "{table}" RENAME TO "{to}"')
        engine.dispose()
