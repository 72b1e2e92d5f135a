"""What the loader tells of itself: a small file beside the local copies, written again every second.

It is written in place, into space that it already has: a full disk does not silence the loader.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec looks the types up
import os
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 4096
"""Bytes of the file: a page, which is read as it was written."""


class Kind(StrEnum):
    """What kind of failure it is."""

    ERROR = "error"
    ABSENT = "absent"
    """The source answers that it has none."""
    WITHDRAWN = "withdrawn"
    """The source answers that none is to be served."""


class Failure(msgspec.Struct, frozen=True):
    """Why the source's version is not in the local copy.

    Attributes:
        reason: in one line that may be shown to anyone.
        version: the version that failed, or None where the source could not even be asked.
        at: when it was seen last (UTC).
        kind: of the failure.
    """

    reason: str
    version: str | None
    at: dt.datetime
    kind: Kind = Kind.ERROR


class SourceStatus(msgspec.Struct, frozen=True):
    """How it stands with one source.

    Attributes:
        attempts: looks at it so far.
        looks: those that it answered.
        version: what it had at the last of these, or None.
        looked_at: when that was (UTC).
        loads: what was loaded from it into the local copy.
        failures: attempts to look or to load that failed.
        copy_failures: local copies that could not be written.
        failure: why its version is not in the local copy, or None if it is.
        copy_is_failing: whether the last local copy could not be written.
    """

    attempts: int = 0
    looks: int = 0
    version: str | None = None
    looked_at: dt.datetime | None = None
    loads: int = 0
    failures: int = 0
    copy_failures: int = 0
    failure: Failure | None = None
    copy_is_failing: bool = False


class ShippingStatus(msgspec.Struct, frozen=True):
    """How it stands with the prediction log, on its way to the database.

    Attributes:
        shipped_pairs: answered pairs that were inserted.
        dropped_pairs: those that were lost because too many waited.
        refused_pairs: those that the database would not take.
        refused_segments: segments set aside that hold such pairs, or are none.
        waiting_bytes: size of the segments that are not in the database yet.
        waiting_since: when the oldest of them was begun (UTC), or None where there is none.
        failure: why they wait, or None.
    """

    shipped_pairs: int = 0
    dropped_pairs: int = 0
    refused_pairs: int = 0
    refused_segments: int = 0
    waiting_bytes: int = 0
    waiting_since: dt.datetime | None = None
    failure: Failure | None = None


class LoaderStatus(msgspec.Struct, frozen=True):
    """The loader's status.

    Attributes:
        beat: another number each time it is written.
        sources: by the part of the local copy that comes from it.
        shipping: of the prediction log.
    """

    beat: int
    sources: dict[str, SourceStatus]
    shipping: ShippingStatus = ShippingStatus()

    def of(self, part: str) -> SourceStatus:
        """That of one source."""
        return self.sources.get(part, SourceStatus())


_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder(LoaderStatus)


class StatusFile:
    """The file, for the loader to write and for the service to read.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: LoaderStatus | None = None

    def write(self, status: LoaderStatus) -> None:
        """Write the status.

        Raises:
            OSError: the file is not there and cannot be made.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(descriptor, _encoder.encode(status).ljust(SIZE), 0)
        finally:
            os.close(descriptor)

    def read(self) -> LoaderStatus | None:
        """The last status that could be read, or None where there was none yet."""
        with suppress(OSError, msgspec.DecodeError):  # not there yet, or being written just now
            self._last = _decoder.decode(self._path.read_bytes())
        return self._last

    def remove(self) -> None:
        """Remove the file, if it is there."""
        with suppress(OSError):
            self._path.unlink()
        self._last = None
