"""The versions that are replayed: the champion and its challengers."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlflow.exceptions import MlflowException

from quantity.model_files import load_any_model
from quantity.registry import (
    RECALIBRATED_UNTIL,
    challengers,
    client,
    download_version,
    is_absent,
    version_number,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.model.estimator import QuantityModel
    from quantity.settings import Settings


class Replayable(NamedTuple):
    """A version of the model, and the first day that neither its trees nor its range were fitted to."""

    number: str
    unseen_from: dt.date


class UnreplayableError(RuntimeError):
    """A version cannot be replayed; the message says why."""


def versions_to_replay(settings: Settings) -> list[str]:
    """The numbers of the champion, if there is one, and of the challengers, newest first.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    champion = version_number(settings)
    first = [] if champion is None else [champion]
    return list(dict.fromkeys([*first, *challengers(settings)]))


def replayable(settings: Settings, number: str) -> Replayable:
    """A version, with what its run and its tags say of it.

    Raises:
        UnreplayableError: its run is gone, or does not say up to when it was trained.
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    version = client(settings).get_model_version(settings.model_name, number)
    trained_until = _parameters(settings, str(version.run_id)).get("trained_until", "")
    try:
        unseen_from = dt.date.fromisoformat(trained_until)
        if followed := version.tags.get(RECALIBRATED_UNTIL):
            unseen_from = max(unseen_from, dt.date.fromisoformat(followed) + dt.timedelta(days=1))
    except ValueError:
        raise UnreplayableError("its run does not say up to when it was trained") from None
    return Replayable(number, unseen_from)


def _parameters(settings: Settings, run_id: str) -> Mapping[str, str]:
    try:
        parameters: Mapping[str, str] = client(settings).get_run(run_id).data.params
    except MlflowException as error:
        if is_absent(error):
            raise UnreplayableError("its run is gone from MLflow") from error
        raise
    return parameters


def loaded(settings: Settings, number: str) -> QuantityModel:
    """A version's model, whatever the row that it reads.

    Raises:
        Exception: it cannot be loaded; a version of another program fails in any way it likes.
    """
    with tempfile.TemporaryDirectory() as folder:
        model = load_any_model(download_version(settings, number, Path(folder)))
    # Fails where this program cannot make the row.
    _ = model.row
    return model
