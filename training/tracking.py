"""What a training run leaves in MLflow: a run, a registered version, and perhaps the champion's alias."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import mlflow.sklearn
import numpy as np
from mlflow.data.pandas_dataset import PandasDataset, from_pandas
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec

from quantity.features.definitions import ATTRIBUTES, NUMERIC_FEATURES
from quantity.model_files import TRUSTED_TYPES, ModelLoadError, load_model
from quantity.registry import client, download_version, version_number
from training.evaluation import metrics_to_log
from training.plots import plots

if TYPE_CHECKING:
    from quantity.model.estimator import QuantityModel
    from quantity.settings import Settings
    from training.dataset import Dataset
    from training.evaluation import Evaluation
    from training.gate import Decision

EXAMPLE_ROWS = 3
PACKAGES = ("numpy", "pandas", "scikit-learn", "skops", "mlflow-skinny")
"""What a process that loads the model needs beside this project."""

SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec("long", "product_id"),
            *(ColSpec("double", name, required=False) for name in NUMERIC_FEATURES),
            *(ColSpec("string", name, required=False) for name in ATTRIBUTES),
        ]
    ),
    outputs=Schema([TensorSpec(np.dtype("int64"), (-1,))]),
)
"""Every feature may be missing; the answer is cases, one whole number a row."""

logger = logging.getLogger(__name__)


def prepare(settings: Settings) -> None:
    """Choose the tracking server and the experiment, made where it is missing.

    Without a server, the artifacts go to `Settings.artifacts_dir`.

    Raises:
        mlflow.exceptions.MlflowException: the server cannot be reached.
    """
    tracker = client(settings)
    if tracker.get_experiment_by_name(settings.mlflow_experiment) is None:
        location = None if settings.mlflow_tracking_uri else settings.artifacts_dir.resolve().as_uri()
        tracker.create_experiment(settings.mlflow_experiment, artifact_location=location)
    mlflow.set_experiment(settings.mlflow_experiment)


def champion(settings: Settings) -> tuple[str, QuantityModel | None] | None:
    """The champion's version and model (None where it cannot be loaded), or None without a champion."""
    number = version_number(settings)
    if number is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        try:
            return number, load_model(download_version(settings, number, Path(folder)))
        except (ModelLoadError, MlflowException, OSError) as error:
            logger.warning("champion version %s cannot be loaded: %s", number, error)
            return number, None


def log_and_register(settings: Settings, model: QuantityModel, data: Dataset, evaluation: Evaluation) -> str:
    """Log the run with everything that describes it, register the model, and return its version number."""
    with mlflow.start_run(run_name=f"snapshot {data.snapshot.snapshot_id}"):
        mlflow.log_params(model.get_params() | _parameters(model, data))
        mlflow.log_metrics(metrics_to_log(evaluation))
        mlflow.log_input(_data_source(data), context="training")
        for name, figure in plots(evaluation, data.test).items():
            mlflow.log_figure(figure, f"plots/{name}")
        example = data.test.X.head(EXAMPLE_ROWS)
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=SIGNATURE,
            input_example=example,
            registered_model_name=settings.model_name,
            skops_trusted_types=list(TRUSTED_TYPES),
            pip_requirements=[f"{package}=={version(package)}" for package in PACKAGES],
        )
    return str(info.registered_model_version)


def tag_and_promote(settings: Settings, number: str, decision: Decision) -> None:
    """Record the decision on the version, and move the alias if it says so."""
    registry = client(settings)
    registry.set_model_version_tag(settings.model_name, number, "promotion", decision.reason)
    if decision.promote:
        registry.set_registered_model_alias(settings.model_name, settings.model_alias, number)


def _parameters(model: QuantityModel, data: Dataset) -> dict[str, object]:
    rule = {f"rule_{name}": value for name, value in asdict(model.rule_).items()}
    return rule | {
        "snapshot_id": data.snapshot.snapshot_id,
        "as_of_date": data.snapshot.as_of_date,
        "calibration_from": data.split.calibration_from,
        "test_from": data.split.test_from,
        "rows_train": len(data.train.y),
        "rows_calibration": len(data.calibration.y),
        "rows_test": len(data.test.y),
    }


def _data_source(data: Dataset) -> PandasDataset:
    # The digest is of all rows; the rows given here only show the columns.
    sample = data.train.X.head(EXAMPLE_ROWS)
    return from_pandas(sample, source="features", name="features", digest=data.digest)
