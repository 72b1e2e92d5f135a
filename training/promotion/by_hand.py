"""Promotion by hand: the version that is named or, in its place, a copy of it whose range follows newer orders."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.tracking_server import TrackingServerError, reason_of
from training.fit.dataset import NoFeaturesError
from training.promotion.recalibration.evidence import TooFewOrdersError
from training.promotion.recalibration.follow import NotRecalibratedError, recalibrated

if TYPE_CHECKING:
    from quantity.settings import Settings

AS_IS = "--as-is"
"""The option of ``promote.py`` that promotes the version itself."""

NOTHING_TO_FOLLOW = (NoFeaturesError, NotRecalibratedError, TooFewOrdersError)

FAILURES = (
    *(DatabaseReadError, FeatureListError, SnapshotChangedError, SQLAlchemyError),
    *(MlflowException, TrackingServerError, OSError),
)
"""Of what is read and registered for a range that follows: nobody is kept from rolling back by them."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chosen:
    """The version that is promoted where one was named.

    Attributes:
        number: its number.
        copy_of: in words, whose copy it is and which orders its range follows; empty where it is the one named.
    """

    number: str
    copy_of: str = ""


def choose(settings: Settings, number: str) -> Chosen:
    """The version, or a copy whose range follows the orders since its training, where that helps.

    A version that was just trained has no such orders. Where looking for them fails, a warning tells, and the choice
    is the version itself.
    """
    try:
        found = recalibrated(settings, number)
    except NOTHING_TO_FOLLOW:
        return Chosen(number)
    except FAILURES as error:
        logger.warning("the range of version %s stays as it is: %s", number, reason_of(error))
        return Chosen(number)
    if found is None:
        return Chosen(number)
    return Chosen(found.number, f"version {number} with a range learned again on {found.evidence}")
