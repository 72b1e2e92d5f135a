"""The reference of a version: how its features were distributed when it was trained, kept beside it as JSON.

Two populations have a reference of their own, because they are no samples of each other: pairs that order often are
among the orders of a month many times, and among all pairs that ever ordered once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mlflow
import numpy as np

from quantity.db.engine import connect
from quantity.registry import client
from training.drift.bins import Distribution
from training.drift.features import columns_of, compared_features
from training.drift.latest_rows import read_latest_rows
from training.fit.dataset import model_inputs
from training.fit.failures import described

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from quantity.settings import Settings
    from training.fit.dataset import Dataset

REFERENCE_FILE = "feature_reference.json"
"""The document among the files of the version's run."""

ASKED, LATEST = "asked", "latest"
"""The populations: pairs with the days they are asked for, and all pairs that ever ordered. The training's orders of
`RECENT_DAYS` are what the first is compared with, the state of its snapshot what the second is."""

RECENT_DAYS = 28
MOST_ROWS = 20_000
"""At most about so many of a population are looked at."""

logger = logging.getLogger(__name__)


class NoReferenceError(ValueError):
    """A version has no reference, or none that can be read."""


@dataclass(frozen=True)
class Population:
    """The features of a population.

    Attributes:
        rows: how many were looked at.
        features: by name, its distribution.
    """

    rows: int
    features: Mapping[str, Distribution]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Population:
        """The population of (n, ``store_id`` and `INPUTS`), n > 0: its features that have a distribution."""
        columns = columns_of(rows, compared_features(rows))
        return cls(len(rows), {name: Distribution.of(values) for name, values in columns.items()})


def feature_reference(data: Dataset, settings: Settings) -> dict[str, object]:
    """The reference of a model trained on a data set, as a JSON document.

    A failure is logged, and the reference is empty: it is no reason to be without a model.
    """
    engine = connect(settings.database_url)
    try:
        populations = {ASKED: _recent(data), LATEST: read_latest_rows(engine, data.snapshot, MOST_ROWS)}
        return {name: _document(Population.of(rows)) for name, rows in populations.items() if len(rows)}
    except Exception as error:  # noqa: BLE001 - whatever is wrong
        logger.warning("no reference for drift: %s", described(error))
        return {}
    finally:
        engine.dispose()


def _recent(data: Dataset) -> pd.DataFrame:
    """Store and inputs of the last days' orders, evenly thinned where there are too many."""
    first = np.searchsorted(data.date, data.date[-1] + 1 - RECENT_DAYS)
    rows = np.linspace(first, len(data.date) - 1, min(MOST_ROWS, len(data.date) - int(first))).astype(np.int64)
    return model_inputs(data.X.iloc[rows]).assign(store_id=data.store_id[rows])


def _document(population: Population) -> dict[str, object]:
    features = {name: distribution.as_json() for name, distribution in population.features.items()}
    return {"rows": population.rows, "features": features}


def read_reference(settings: Settings, run_id: str) -> dict[str, Population]:
    """By population, the reference that a version's run logged.

    Raises:
        NoReferenceError: it logged none, or this program cannot read it.
        mlflow.exceptions.MlflowException: the tracking server cannot be asked.
    """
    if REFERENCE_FILE not in [file.path for file in client(settings).list_artifacts(run_id)]:
        raise NoReferenceError("it has no reference: it was registered by an earlier version of the project")
    return populations_of(mlflow.artifacts.load_dict(f"runs:/{run_id}/{REFERENCE_FILE}"))


def populations_of(document: Mapping[str, Any]) -> dict[str, Population]:
    """By population, the reference of a document that `feature_reference` made.

    Raises:
        NoReferenceError: it is none, or has no population.
    """
    try:
        populations = {name: _population(part) for name, part in document.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NoReferenceError(f"its reference cannot be read: {described(error)}") from error
    if not populations:
        raise NoReferenceError("its reference is empty: its training failed to make one")
    return populations


def _population(part: Mapping[str, Any]) -> Population:
    features = {name: Distribution.from_json(distribution) for name, distribution in part["features"].items()}
    return Population(int(part["rows"]), features)
