"""Outcomes in a file beside the local copies: the loader writes it, the service reads it.

It is written aside and renamed. Its time is that of the last look that the database answered.
"""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from quantity.db.outcomes import Outcomes

FILE = "monitoring.json"

_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(Outcomes)


class MonitoringFile:
    """The file, for the loader to write and for the service to read.

    Args:
        folder: of the local copies.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._written: tuple[int, int] | None = None
        self._outcomes: Outcomes | None = None
        self._seen_at: float | None = None

    def write(self, outcomes: Outcomes) -> None:
        """Put another file in the place of the one before.

        Raises:
            OSError: the disk is full, read-only or gone; the file is as it was.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(prefix=f".{FILE}-", dir=self._path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_encoder.encode(outcomes))
            Path(aside).replace(self._path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise

    def confirm(self) -> bool:
        """Note that the file is what the database has now; False where there is no file."""
        try:
            os.utime(self._path)
        except FileNotFoundError:
            return False
        return True

    def read(self) -> Outcomes | None:
        """The last content that could be read, or None where there was none yet."""
        with suppress(OSError, msgspec.DecodeError):  # not there yet, or damaged: the loader writes another
            status = self._path.stat()
            self._seen_at = status.st_mtime
            if (written := (status.st_ino, status.st_mtime_ns)) != self._written:
                self._outcomes = _decoder.decode(self._path.read_bytes())
                self._written = written
        return self._outcomes

    def seconds_since_look(self) -> float | None:
        """Time since the last look that the database answered, as of the last `read`; None before the first."""
        return None if self._seen_at is None else time.time() - self._seen_at
