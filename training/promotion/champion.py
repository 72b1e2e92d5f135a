"""The current champion: its model, and what its training recorded."""

from __future__ import annotations

import logging
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from mlflow.exceptions import MlflowException

from quantity.features.definitions import INPUTS
from quantity.model.row import DECLARED
from quantity.model_files import load_any_model
from quantity.registry import client, download_version, is_absent, version_number
from training.fit.failures import described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow.entities import RunData

    from quantity.model.estimator import QuantityModel
    from quantity.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Champion:
    """The current champion.

    Attributes:
        version: its number.
        model: None where it cannot be loaded.
        trained_until: the first day that it was not fitted to; None where its run does not say.
        metrics: what its own training measured.
        trouble: why it cannot be loaded.
    """

    version: str
    model: QuantityModel | None
    trained_until: np.datetime64 | None
    metrics: Mapping[str, float]
    trouble: str = ""

    @property
    def has_other_features(self) -> bool:
        """Whether it reads another row than the declared one: no service of this program can load it."""
        return self.model is not None and self.model.row != DECLARED

    @property
    def other_inputs(self) -> tuple[str, ...]:
        """The columns that it reads, and a model of today does not."""
        return () if self.model is None else tuple(name for name in self.model.row.inputs if name not in INPUTS)


def current_champion(settings: Settings) -> Champion | None:
    """The champion, its model None where it cannot be loaded; None without a champion.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    number = version_number(settings)
    champion = None if number is None else read_version(settings, number)
    if champion is not None and champion.trouble:
        logger.warning("champion version %s cannot be loaded: %s", champion.version, champion.trouble)
    return champion


def read_version(settings: Settings, number: str) -> Champion:
    """A version as it would be the champion, its model None where it cannot be loaded.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked, or has no such version.
    """
    run = _run_of(settings, number)
    if run is None:
        return Champion(number, None, None, {}, "its run is gone from MLflow")
    until = run.params.get("trained_until")
    model, trouble = _load(settings, number)
    return Champion(number, model, np.datetime64(until) if until else None, run.metrics, trouble)


def _run_of(settings: Settings, number: str) -> RunData | None:
    registry = client(settings)
    try:
        data: RunData = registry.get_run(str(registry.get_model_version(settings.model_name, number).run_id)).data
    except MlflowException as error:
        if is_absent(error):
            return None
        raise
    return data


def _load(settings: Settings, number: str) -> tuple[QuantityModel | None, str]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            model = load_any_model(download_version(settings, number, Path(folder)))
            # Fails where this program cannot make the row.
            _ = model.row
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it blocks no successor
            return None, described(error)
    return model, ""
