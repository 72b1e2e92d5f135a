"""What a training run leaves in MLflow: a run, a registered version, and perhaps the champion's alias."""

from __future__ import annotations

import logging
import tempfile
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

from quantity.features.definitions import ATTRIBUTES, NUMERIC_INPUTS
from quantity.model_files import TRUSTED_TYPES, ModelLoadError, load_model
from quantity.registry import client, download_version, version_number
from training.fit.evaluation import metrics_to_log
from training.fit.plots import plots
from training.fit.rival import Champion

if TYPE_CHECKING:
    from quantity.model.estimator import QuantityModel
    from quantity.settings import Settings
    from training.fit.dataset import Dataset
    from training.fit.evaluation import Evaluation
    from training.fit.gate import Decision
    from training.fit.rolling import Rolled

EXAMPLE_ROWS = 3
PACKAGES = ("numpy", "pandas", "scikit-learn", "skops", "mlflow-skinny")
"""What a process that loads the model needs beside this project."""

SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec("long", "product_id"),
            *(ColSpec("double", name, required=False) for name in NUMERIC_INPUTS),
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


def current_champion(settings: Settings) -> Champion | None:
    """The champion, its model None where it cannot be loaded; None without a champion."""
    number = version_number(settings)
    if number is None:
        return None
    registry = client(settings)
    run = registry.get_run(str(registry.get_model_version(settings.model_name, number).run_id)).data
    until = run.params.get("trained_until")
    return Champion(number, _load(settings, number), np.datetime64(until) if until else None, run.metrics)


def _load(settings: Settings, number: str) -> QuantityModel | None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            return load_model(download_version(settings, number, Path(folder)))
        except (ModelLoadError, MlflowException, OSError) as error:
            logger.warning("champion version %s cannot be loaded: %s", number, error)
            return None


def log_and_register(settings: Settings, rolled: Rolled, data: Dataset, evaluation: Evaluation) -> str:
    """Log the run with everything that describes it, register the model, and return its version number."""
    model = rolled.model
    with mlflow.start_run(run_name=f"snapshot {data.snapshot.snapshot_id}"):
        mlflow.log_params(model.get_params() | _parameters(model, data))
        mlflow.log_metrics(metrics_to_log(evaluation))
        mlflow.log_input(_data_source(data), context="training")
        if leaning := model.rule_.leaning():
            mlflow.log_text("\n".join(leaning) + "\n", "where_baselines_answer.txt")
        for name, figure in plots(rolled, data, evaluation).items():
            mlflow.log_figure(figure, f"plots/{name}")
        info = mlflow.sklearn.log_model(
            model,
            name="model",
            signature=SIGNATURE,
            input_example=data.X.tail(EXAMPLE_ROWS),
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
    return {
        "rule_rise": model.rule_.rise,
        "snapshot_id": data.snapshot.snapshot_id,
        "as_of_date": data.snapshot.as_of_date,
        "trained_until": data.windows[-1].end,
        "calibration_from": data.windows[0].start,
        "test_from": data.windows[1].start,
        "test_windows": len(data.windows) - 1,
        "rows": len(data.y),
        "rows_tested": len(data.y[data.tested]),
    }


def _data_source(data: Dataset) -> PandasDataset:
    # The digest is of all rows; the rows given here only show the columns.
    sample = data.X.tail(EXAMPLE_ROWS)
    return from_pandas(sample, source="features", name="features", digest=data.digest)
