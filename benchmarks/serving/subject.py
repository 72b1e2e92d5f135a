"""What is served: the champion and the published snapshot, loaded as the service loads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.app import create_app
from benchmarks.serving.errors import MissingError

if TYPE_CHECKING:
    from api.service import Service
    from api.serving.active import Answering
    from quantity.settings import Settings


def load_subject(settings: Settings) -> Answering:
    """The model and the snapshot, with the predictor that the service answers from.

    Raises:
        MissingError: there is no champion, or nothing is published.
    """
    service: Service = create_app(settings).state.service
    try:
        service.refresh()
    finally:
        service.stop()
    serving = service.current.serving
    if serving.answering is None:
        raise MissingError("; ".join(service.missing(serving)))
    return serving.answering
