"""The model version and the snapshot on local disk: what the loader writes and the service follows.

A copy is a numbered folder with a part for each of the two, or for one of them. It appears by a rename, so it is there
whole or not at all; the one before is removed afterwards. A part that has not changed is linked, not written again.
Several loaders may share the copies: one writes at a time.
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

from quantity.features.definitions import FORMULAS, INPUTS, SCOPES, served_columns_of
from quantity.online.layout import Forest, Nodes, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from quantity.settings import Settings

    Write = Callable[[Path], None]

MODEL, SNAPSHOT = "model", "snapshot"
PARTS = (MODEL, SNAPSHOT)
_LOCK = ".lock"


def copies_folder(settings: Settings) -> Path:
    """Where copies are kept of just these sources, for a program with just these features: no other reads them."""
    sources = (
        settings.tracking_uri,
        settings.model_name,
        settings.model_alias,
        settings.database_url.set(password=None).render_as_string(),
    )
    columns = [(scope, *(column.name for column in served_columns_of(scope))) for scope in SCOPES]
    identity = repr((sources, INPUTS, FORMULAS, columns, Forest._fields, Nodes._fields, Rule._fields))
    return settings.local_dir / "serving" / hashlib.sha256(identity.encode()).hexdigest()[:16]


class LocalCopies:
    """The copies in a folder; usually there is one.

    Args:
        folder: where they are kept.
        parts: what a copy may have.
    """

    def __init__(self, folder: Path, parts: Sequence[str] = PARTS) -> None:
        self.folder, self._parts = folder, parts

    def newest(self) -> Path | None:
        """The folder of the newest complete copy."""
        return max(self._complete(), key=_number, default=None)

    def part(self, name: str) -> Path | None:
        """One of the parts of the newest copy, where it has it."""
        newest = self.newest()
        return newest / name if newest is not None and (newest / name).is_dir() else None

    def publish(self, changes: Mapping[str, Write | None]) -> Path:
        """Make a new copy of the newest one, then remove what was there.

        Args:
            changes: by part, what writes it into an empty folder, or None to leave it out, which takes nothing
                out of service. The others stay.

        Raises:
            OSError: the disk is full, read-only or gone; the copy before is as it was.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._locked():
            published = self._build(changes)
            self._remove_others(published)
        return published

    def _complete(self) -> list[Path]:
        return list(self.folder.glob("[0-9]*")) if self.folder.is_dir() else []

    def _build(self, changes: Mapping[str, Write | None]) -> Path:
        newest = self.newest()
        building = Path(tempfile.mkdtemp(prefix=".new-", dir=self.folder))
        try:
            for name in self._parts:
                if name not in changes and newest is not None and (newest / name).is_dir():
                    shutil.copytree(newest / name, building / name, copy_function=_link)
                elif (write := changes.get(name)) is not None:
                    (building / name).mkdir()
                    write(building / name)
            _to_disk(building)
            target = self.folder / f"{_number(newest) + 1 if newest else 1:08d}"
            building.rename(target)
            _sync(self.folder)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        return target

    def _remove_others(self, kept: Path) -> None:
        for other in self.folder.iterdir():
            if other.is_dir() and other != kept:
                shutil.rmtree(other, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.folder / _LOCK).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _number(copy: Path) -> int:
    return int(copy.name)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _to_disk(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
