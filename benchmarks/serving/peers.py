"""Other servers of the same model: features in, quantities out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local_servers.ports import HOST
from local_servers.programs import Program
from quantity.registry import download_version
from quantity.settings import project_dir

if TYPE_CHECKING:
    from quantity.settings import Settings

BENTOML = project_dir() / "benchmarks" / ".venv-bentoml" / "bin" / "bentoml"
"""`make bench-serving` installs it, apart from the project's packages."""


def mlflow(settings: Settings) -> Program:
    """MLflow's own server of the registered model."""
    model = f"models:/{settings.model_name}@{settings.model_alias}"
    command = ("-m", "mlflow", "models", "serve", "-m", model, "--env-manager", "local", "-h", HOST, "-p", "{port}")
    return Program(
        "mlflow",
        (sys.executable, *command),
        "/ping",
        # It looks for the program uvicorn.
        {"MLFLOW_TRACKING_URI": settings.tracking_uri, "PATH": _path_with(Path(sys.executable).parent)},
    )


def bentoml(settings: Settings, version: str, folder: Path) -> Program:
    """BentoML's server of a service that holds the model.

    Args:
        settings: of the registry.
        version: the model's.
        folder: for the model's files and BentoML's own.
    """
    files = download_version(settings, version, folder / "model")
    return Program(
        "bentoml",
        (str(BENTOML), "serve", "benchmarks.serving.bento.service:Quantities", "--host", HOST, "--port", "{port}"),
        "/readyz",
        {
            "MODEL_FILES": str(files),
            "PYTHONPATH": str(project_dir()),
            "BENTOML_HOME": str(folder / "bentoml"),
            # Nothing is sent anywhere.
            "BENTOML_DO_NOT_TRACK": "true",
        },
    )


def _path_with(folder: Path) -> str:
    return os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])
