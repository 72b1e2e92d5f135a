"""The models of the versions that answered."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlflow.exceptions import MlflowException

from quantity.model_files import ModelLoadError, load_model
from quantity.registry import download_version, is_absent
from training.fit.failures import described

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quantity.model.estimator import QuantityModel
    from quantity.settings import Settings


class Models(NamedTuple):
    """Models by version, and why there is none of others."""

    loaded: dict[str, QuantityModel]
    troubles: dict[str, str]


def load_versions(settings: Settings, numbers: Iterable[str]) -> Models:
    """The models of versions, of those that this program can load.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    models = Models({}, {})
    for number in numbers:
        try:
            models.loaded[number] = _load(settings, number)
        except (ModelLoadError, OSError) as error:
            models.troubles[number] = described(error)
        except MlflowException as error:
            if not is_absent(error):
                raise
            models.troubles[number] = "it is gone from the registry"
    return models


def _load(settings: Settings, number: str) -> QuantityModel:
    with tempfile.TemporaryDirectory() as folder:
        return load_model(download_version(settings, number, Path(folder)))
