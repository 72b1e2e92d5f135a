"""What is served: the champion and the published snapshot, loaded as the service loads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.loading.database import Database
from api.loading.registry import Registry
from api.serving.memory import checked_pair
from benchmarks.serving.errors import MissingError

if TYPE_CHECKING:
    from api.serving.memory import ActivePair
    from quantity.settings import Settings


def load_subject(settings: Settings) -> ActivePair:
    """The model and the snapshot, with the predictor that the service answers from.

    Raises:
        MissingError: there is no champion, or nothing is published.
    """
    registry, database = Registry(settings), Database(settings)
    model, snapshot = registry.offer(), database.offer()
    if model is None or snapshot is None:
        raise MissingError(registry.absent if model is None else database.absent)
    return checked_pair(registry.load(model.version), database.load(snapshot.version))
