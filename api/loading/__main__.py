"""The loader's own program: ``python -m api.loader``, started by the service.

Its arguments are the descriptors of a socket for each source. It ends when the service closes them.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING

from api.loading import wire
from api.loading.model_parts import model_to_parts
from api.loading.parts import Parts
from api.loading.process import SOURCES
from api.loading.reason import Reasons
from api.loading.snapshot_parts import snapshot_to_parts
from api.loading.snapshot_source import DatabaseSource
from api.logs import configure_logging
from quantity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

REGISTRY_CLIENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""How MLflow's client behaves here, unless the environment says otherwise: by itself it would try to reach a
dead server for minutes, while the next poll is seconds away."""


def main(descriptors: list[str]) -> None:
    """Answer questions until the service is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which then closes the sockets
    for name, value in REGISTRY_CLIENT.items():
        os.environ.setdefault(name, value)
    sockets = dict(zip(SOURCES, (socket.socket(fileno=int(d)) for d in descriptors), strict=True))
    settings = Settings.model_validate(wire.receive(sockets[SOURCES[0]]).info)
    configure_logging(settings.api_log_level)
    database = DatabaseSource(settings)
    serve_snapshot = _Answers(database.version, lambda version: snapshot_to_parts(database.fetch(version)), settings)
    other = threading.Thread(target=serve_snapshot.until_closed, args=(sockets["snapshot"],))
    other.start()
    # It takes seconds; a snapshot can be read meanwhile.
    from api.loading.model_source import RegistrySource  # noqa: PLC0415

    registry = RegistrySource(settings)
    serve_model = _Answers(registry.version, lambda version: model_to_parts(registry.fetch(version)), settings)
    serve_model.until_closed(sockets["model"])
    other.join()


class _Answers:
    def __init__(self, version: Callable[[], str | None], fetch: Callable[[str], Parts], settings: Settings) -> None:
        self._version, self._fetch = version, fetch
        self._reasons = Reasons(settings)

    def until_closed(self, to: socket.socket) -> None:
        try:
            while True:
                answer = self._answer(wire.receive(to).info)
                wire.send(to, answer.info, answer.arrays)
                del answer  # its memory is not needed until the next question
        except OSError:  # the service is gone
            return

    def _answer(self, question: dict[str, str]) -> Parts:
        try:
            if "fetch" in question:
                return self._fetch(question["fetch"])
            return Parts({"version": self._version()}, {})
        except Exception as error:  # noqa: BLE001 - a source fails in whatever way it does
            return Parts({"failed": self._reasons.of(error)}, {})


if __name__ == "__main__":
    main(sys.argv[1:])
