"""The model registry: which version is champion, its files, and the model in them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mlflow
import skops.io
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from mlflow.tracking import MlflowClient

from quantity.model.estimator import INPUTS, QuantityModel

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings

TRUSTED_TYPES: tuple[str, ...] = (
    "quantity.model.decision.DecisionRule",
    "quantity.model.encoding.FeatureEncoder",
    "quantity.model.estimator.QuantityModel",
    "quantity.model.packs.PackQuantities",
    "quantity.model.trees.Objective",
    "quantity.model.trees.Trees",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""The only types, beside scikit-learn's and NumPy's data, that a model file may hold.

Models are stored in the skops format: loading one builds objects of these types and runs no code of the
file's own, as unpickling would.
"""

MODEL_FILE = "model.skops"

_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND"}


class ModelLoadError(RuntimeError):
    """A model's files cannot be made into a model."""


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of the model in the registry.

    Attributes:
        name: the registered model's name.
        version: the version's number.
        run_id: the training run that logged it.
        trained_at: when that run started (UTC).
        metrics: what that run measured.
    """

    name: str
    version: str
    run_id: str
    trained_at: dt.datetime
    metrics: dict[str, float]


def client(settings: Settings) -> MlflowClient:
    """A client of the settings' tracking server and registry."""
    if settings.mlflow_tracking_uri is None:
        settings.local_dir.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(settings.tracking_uri)
    return MlflowClient()


def version_number(settings: Settings) -> str | None:
    """The number of the version that the alias points to, or None where there is none.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    try:
        return str(client(settings).get_model_version_by_alias(settings.model_name, settings.model_alias).version)
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return None
        raise


def describe_version(settings: Settings, version: str) -> RegisteredVersion:
    """What the registry knows of a version.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    registry = client(settings)
    run = registry.get_run(str(registry.get_model_version(settings.model_name, version).run_id))
    return RegisteredVersion(
        name=settings.model_name,
        version=version,
        run_id=run.info.run_id,
        trained_at=dt.datetime.fromtimestamp(run.info.start_time / 1000, tz=dt.UTC),
        metrics=dict(run.data.metrics),
    )


def download_version(settings: Settings, version: str, target: Path) -> Path:
    """Download a version's files into the folder ``target``.

    Raises:
        mlflow.exceptions.MlflowException: the registry or its artifacts cannot be reached.
    """
    client(settings)
    uri = f"models:/{settings.model_name}/{version}"
    mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(target))
    return target


def load_model(folder: Path) -> QuantityModel:
    """The model in a version's files.

    Raises:
        ModelLoadError: there is none, it is damaged, it holds a type that is not trusted, or it was trained
            on other features than this program computes.
    """
    _check_inputs(folder)
    try:
        model = skops.io.load(folder / MODEL_FILE, trusted=list(TRUSTED_TYPES))
    except Exception as error:  # a damaged file fails in any way it likes
        raise ModelLoadError(f"{folder / MODEL_FILE}: {type(error).__name__}: {error}") from error
    if not isinstance(model, QuantityModel):
        raise ModelLoadError(f"{folder / MODEL_FILE} holds a {type(model).__name__}, not a QuantityModel")
    return model


def _check_inputs(folder: Path) -> None:
    # The features are columns by position: a model of another list would answer, and wrongly.
    try:
        schema = Model.load(str(folder)).get_input_schema()  # type: ignore[no-untyped-call]
    except Exception as error:  # as above
        raise ModelLoadError(f"{folder}: {type(error).__name__}: {error}") from error
    if schema is None or tuple(schema.input_names()) != INPUTS:
        raise ModelLoadError("the model was trained on another list of features: train it again")
