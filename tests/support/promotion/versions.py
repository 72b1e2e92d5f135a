"""Versions in a registry without a model's weight: small files that can be counted."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import mlflow
import mlflow.sklearn
from sklearn.linear_model import LinearRegression

from quantity.registry import client

if TYPE_CHECKING:
    from quantity.settings import Settings


def register_small(settings: Settings, name: str | None = None) -> str:
    """Log a run with a small model and a note, and register the model; the result is the version's number."""
    client(settings)
    mlflow.set_experiment(settings.mlflow_experiment)
    with mlflow.start_run(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="mlflow")
        mlflow.log_text("a note", "note.txt")
        mlflow.log_metric("test_score", 0.5)
        info = mlflow.sklearn.log_model(
            LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]),
            name="model",
            registered_model_name=name or settings.model_name,
            pip_requirements=["scikit-learn"],
        )
    return str(info.registered_model_version)


def register_again(settings: Settings, number: str = "1", source: str | None = None, name: str | None = None) -> str:
    """Register a version's files, or others, once more; the result is the version's number."""
    one = client(settings).get_model_version(settings.model_name, number)
    files = source or str(one.source)
    return str(client(settings).create_model_version(name or settings.model_name, files, one.run_id).version)
