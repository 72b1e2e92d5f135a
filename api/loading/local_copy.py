"""The last served model and snapshot on local disk, for a restart while their sources are down.

Each is a folder of files that appears by a rename, so it is there whole or not at all; the one before is
removed afterwards. Several processes may share the folder: one writes at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quantity.settings import Settings

_LOCK = ".lock"


def configuration_folder(settings: Settings) -> Path:
    """Where copies are kept for just these sources: those of another configuration are never served."""
    database = settings.database_url.set(password=None).render_as_string()
    identity = f"{settings.tracking_uri}\n{settings.model_name}\n{settings.model_alias}\n{database}"
    return settings.local_dir / "serving" / hashlib.sha256(identity.encode()).hexdigest()[:16]


class LocalCopy:
    """The copies of one thing, numbered; usually there is one.

    Args:
        folder: where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def newest_first(self) -> list[Path]:
        """The folders of the complete copies."""
        return sorted(self._folder.glob("[0-9]*"), reverse=True) if self._folder.is_dir() else []

    def save(self, write: Callable[[Path], None]) -> None:
        """Make a new copy, then remove what was there.

        Args:
            write: writes the files into an empty folder.

        Raises:
            OSError: the disk is full, read-only or gone; the copy before is as it was.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            kept = self._build(write)
            for other in self._folder.iterdir():
                if other.is_dir() and other != kept:
                    shutil.rmtree(other, ignore_errors=True)

    def _build(self, write: Callable[[Path], None]) -> Path:
        building = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
        try:
            write(building)
            for path in (*building.iterdir(), building):
                _to_disk(path)
            target = self._folder / f"{self._next_number():08d}"
            building.rename(target)
            _to_disk(self._folder)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        return target

    def _next_number(self) -> int:
        copies = self.newest_first()
        return int(copies[0].name) + 1 if copies else 1

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / _LOCK).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
