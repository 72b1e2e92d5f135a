"""A version's range is learned again from the orders since its training, and registered as a copy where that helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantity.db.engine import connect
from training.promotion.champion import read_version
from training.promotion.recalibration.copies import existing_copy, register_copy
from training.promotion.recalibration.evidence import MOST_DAYS, Recalibration, recalibrate
from training.promotion.recalibration.unseen import read_unseen

if TYPE_CHECKING:
    import pandas as pd

    from quantity.settings import Settings


@dataclass(frozen=True)
class Recalibrated:
    """A copy of a version, with a range that follows the orders since its training.

    Attributes:
        number: of the copy.
        evidence: what its range follows, and what that does to the coverage, in words.
    """

    number: str
    evidence: str


class NotRecalibratedError(RuntimeError):
    """A version's range cannot be learned again; the message says why."""


def recalibrated(settings: Settings, number: str) -> Recalibrated | None:
    """Register a copy of a version whose range follows newer orders; None where that would not help.

    Nothing is registered twice: where a copy follows the same orders already, it is the result.

    Raises:
        NotRecalibratedError: the version cannot be loaded or reads other features, or its run is gone.
        TooFewOrdersError: there are too few orders since its training; there are none when it has just been trained.
        NoFeaturesError, FeatureListError: there are no features, or not those that are declared.
        SnapshotChangedError: another snapshot was published meanwhile.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
        quantity.tracking_server.TrackingServerError, mlflow.exceptions.MlflowException: MLflow failed.
    """
    learned = learn(settings, number)
    return registered(settings, number, learned) if learned.recalibration.helps else None


@dataclass(frozen=True)
class Learned:
    """A range that was learned again, with (n, `INPUTS`) rows to show."""

    recalibration: Recalibration
    example: pd.DataFrame


def learn(settings: Settings, number: str) -> Learned:
    """Learn a version's range again.

    Raises:
        as `recalibrated`.
    """
    version = read_version(settings, number)
    if version.model is None or version.has_other_features:
        raise NotRecalibratedError(version.trouble or "it reads another list of features")
    if version.trained_until is None:
        raise NotRecalibratedError("its run does not say which orders it was fitted to")
    engine = connect(settings.database_url)
    try:
        orders = read_unseen(engine, version.trained_until, MOST_DAYS)
    finally:
        engine.dispose()
    return Learned(recalibrate(version.model, orders), orders.X)


def registered(settings: Settings, number: str, learned: Learned) -> Recalibrated:
    """The copy with the range: the one that there is, or a new one.

    Raises:
        as `recalibrated`.
    """
    recalibration = learned.recalibration
    copy = existing_copy(settings, number, recalibration)
    return Recalibrated(copy or register_copy(settings, number, recalibration, learned.example), str(recalibration))
