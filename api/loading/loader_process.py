"""The service's end of the loader: starts it, and starts it again when it has died or its heart has stopped."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr
from pydantic_core import to_json

from api.loading.local_copy import copies_folder
from api.loading.status import StatusFile
from api.loading.timing import Backoff
from quantity.ended import how_ended

if TYPE_CHECKING:
    from api.loading.status import LoaderStatus
    from quantity.settings import Settings

RETURN_MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""What a load took goes back to the system: by itself the C library keeps some of it for the next one, which may
be a day away."""

SILENT_SECONDS = 30.0
"""A loader that has not written its status for so long is killed."""

END_SECONDS = 2.0
"""So long it may take to notice that it is not needed any more."""

FORGOTTEN_SECONDS = 600
"""Status files of services that were killed are removed after so long; others are written every second."""

logger = logging.getLogger(__name__)


class LoaderHandle(Protocol):
    """A loader, as the service knows it."""

    def start(self) -> None:
        """Begin to load."""

    def watch(self) -> LoaderStatus | None:
        """Its last status, or None before the first; starts it again where that is needed."""

    def stop(self) -> None:
        """End it."""

    @property
    def starts(self) -> int:
        """How often it was started."""

    @property
    def trouble(self) -> str | None:
        """Why it was lost, until another one reports."""


class LoaderProcess:
    """The loader's process.

    Args:
        settings: of the program.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        folder = copies_folder(settings)
        # A name of its own: what a service before this one has left tells nothing of this loader.
        self._path = folder / f"status-{uuid.uuid4().hex}.json"
        self._file = StatusFile(self._path)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._beat, self._beat_at = -1, 0.0
        self._backoff = Backoff(1.0, 60.0)
        self._stopped = False
        self.starts = 0
        self.trouble: str | None = None

    @property
    def process_id(self) -> int | None:
        """The process' id while it runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        """Start the process unless it runs."""
        with self._lock:
            if not self._stopped and self.process_id is None:
                self._start()

    def watch(self) -> LoaderStatus | None:
        """Its last status, or None before the first; starts it again where that is needed."""
        with self._lock:
            status = self._file.read()
            if not self._stopped:
                self._see_that_it_lives(status)
        return status

    def stop(self) -> None:
        """End the process."""
        with self._lock:
            self._stopped = True
            self._end(END_SECONDS)
            self._file.remove()

    def _see_that_it_lives(self, status: LoaderStatus | None) -> None:
        if status is not None and status.beat != self._beat:
            self._beat, self._beat_at, self.trouble = status.beat, time.monotonic(), None
        if self.process_id is None:
            self._start_again(how_ended(None if self._process is None else self._process.returncode))
        elif time.monotonic() - self._beat_at > SILENT_SECONDS:
            self._start_again(f"it was silent for {SILENT_SECONDS:g} seconds")

    def _start_again(self, reason: str) -> None:
        if self._process is not None:
            self.trouble = reason
            logger.warning("loader lost", extra={"reason": reason, "status": self._process.poll()})
            self._end(0)
            self._backoff.failed("loader")
        if self._backoff.due("loader"):
            self._start()

    def _start(self) -> None:
        self._forget_others()
        self._process = subprocess.Popen(  # noqa: S603 - this program's own interpreter and module
            [sys.executable, "-m", "api.loading", str(self._path)],
            env=RETURN_MEMORY | os.environ,
            stdin=subprocess.PIPE,
        )
        self.starts += 1
        self._beat_at = time.monotonic()
        assert self._process.stdin is not None  # noqa: S101 - as it was asked for
        # Not in the arguments or the environment, where others could read the password.
        with suppress(BrokenPipeError):  # it has ended already: the next look sees it
            self._process.stdin.write(to_json(_values(self._settings)) + b"\n")
            self._process.stdin.flush()

    def _end(self, seconds: float) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101 - as it was asked for
        with suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _forget_others(self) -> None:
        for path in self._path.parent.glob("status-*.json"):
            if path != self._path and time.time() - path.stat().st_mtime > FORGOTTEN_SECONDS:
                path.unlink(missing_ok=True)


def _values(settings: Settings) -> dict[str, Any]:
    values = settings.model_dump()
    return {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in values.items()}
