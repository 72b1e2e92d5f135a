"""What a training run leaves in MLflow: a run and a registered version."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING

import mlflow
import mlflow.sklearn
import numpy as np
from mlflow.data.pandas_dataset import PandasDataset, from_pandas
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec
from mlflow.utils.mlflow_tags import MLFLOW_SOURCE_NAME

from quantity.features.definitions import ATTRIBUTES, NUMERIC_INPUTS
from quantity.model_files import TRUSTED_TYPES
from quantity.registry import client
from quantity.tracking_server import ensure_answering
from training.fit.dataset import model_inputs
from training.fit.evaluation import metrics_to_log
from training.fit.failures import described
from training.fit.plots import plots

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from mlflow.models.model import ModelInfo

    from quantity.model.estimator import QuantityModel
    from quantity.settings import Settings
    from training.fit.dataset import Dataset
    from training.fit.evaluation import Evaluation
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
        quantity.tracking_server.TrackingServerError: the server does not answer.
        mlflow.exceptions.MlflowException: the experiment cannot be made.
    """
    ensure_answering(settings)
    tracker = client(settings)
    if tracker.get_experiment_by_name(settings.mlflow_experiment) is None:
        location = None if settings.mlflow_tracking_uri else settings.artifacts_dir.resolve().as_uri()
        tracker.create_experiment(settings.mlflow_experiment, artifact_location=location)
    mlflow.set_experiment(settings.mlflow_experiment)


def log_and_register(
    settings: Settings,
    rolled: Rolled,
    data: Dataset,
    evaluation: Evaluation | None,
    documents: Mapping[str, dict[str, object]],
) -> str:
    """Log the run with everything that describes it, register the model, and return its version number.

    Args:
        settings: of the registry.
        rolled: the model, and those of its tests.
        data: the orders that it was fitted to.
        evaluation: its metrics; None where there was nothing to test on.
        documents: by file name, further documents of the run, which are logged as JSON.
    """
    model = rolled.model
    # MLflow would name the program that was started, which may be one that does more than this.
    tags = {MLFLOW_SOURCE_NAME: "training/train.py"}
    with mlflow.start_run(run_name=f"snapshot {data.snapshot.snapshot_id}", tags=tags):
        mlflow.log_params(model.get_params() | _parameters(model, data))
        mlflow.log_input(_data_source(data), context="training")
        if leaning := model.rule_.leaning():
            mlflow.log_text("\n".join(leaning) + "\n", "where_baselines_answer.txt")
        if evaluation is not None:
            mlflow.log_metrics(metrics_to_log(evaluation))
            _log_plots(rolled, data, evaluation)
        for name, document in documents.items():
            mlflow.log_dict(document, name)
        info = log_model(model, data.X, settings.model_name)
    return str(info.registered_model_version)


def log_model(model: QuantityModel, X: pd.DataFrame, register_as: str | None = None) -> ModelInfo:
    """Log a model to the active run, with the last of (n, `INPUTS`) as its example, and register it by a name."""
    info: ModelInfo = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=SIGNATURE,
        input_example=model_inputs(X.tail(EXAMPLE_ROWS)),
        registered_model_name=register_as,
        skops_trusted_types=list(TRUSTED_TYPES),
        pip_requirements=[f"{package}=={version(package)}" for package in PACKAGES],
    )
    return info


def _log_plots(rolled: Rolled, data: Dataset, evaluation: Evaluation) -> None:
    try:
        for name, figure in plots(rolled, data, evaluation).items():
            mlflow.log_figure(figure, f"plots/{name}")
    except MlflowException:
        raise
    except Exception as error:  # noqa: BLE001 - a picture is no reason to be without a model
        logger.warning("plots left out: %s", described(error))


def _parameters(model: QuantityModel, data: Dataset) -> dict[str, object]:
    return {
        "rule_rise": model.rule_.rise,
        "snapshot_id": data.snapshot.snapshot_id,
        "as_of_date": data.snapshot.as_of_date,
        "trained_until": data.end,
        "calibration_from": data.split.calibration and data.split.calibration.start,
        "test_from": data.split.tests[0].start if data.split.tests else None,
        "test_windows": len(data.split.tests),
        "rows_published": data.published_rows,
        "rows": len(data.y) + len(data.newest.y),
        "rows_share": float(data.sampling.share.min()),
        "rows_tested": len(data.y[data.tested]),
    }


def _data_source(data: Dataset) -> PandasDataset:
    # The digest is of all rows that were read; the rows given here only show the columns.
    sample = model_inputs(data.X.tail(EXAMPLE_ROWS))
    return from_pandas(sample, source="features", name="features", digest=data.digest)
