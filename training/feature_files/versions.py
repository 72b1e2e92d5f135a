"""A folder of exports, one of them current: a new one shares the files that stay, and takes its place in one step."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from quantity.feature_files import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PREFIX = "export-"
_UNFINISHED = ".unfinished"


class ExportBusyError(RuntimeError):
    """Another run is exporting."""


@contextmanager
def next_version(folder: Path) -> Iterator[Path]:
    """An empty folder for a new export; when it is filled it becomes the current one.

    The export before stays for those that are reading it, until the next one. What is raised within leaves the current
    one as it is.

    Raises:
        ExportBusyError: another run is exporting to the same folder.
        OSError: the disk failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ExportBusyError(f"another run is exporting to {folder}") from error
    try:
        _remove(folder, f"*{_UNFINISHED}")
        before = current(folder)
        number = 1 + max((int(path.name.removeprefix(_PREFIX)) for path in folder.glob(f"{_PREFIX}*")), default=0)
        unfinished = folder / f"{_PREFIX}{number}{_UNFINISHED}"
        unfinished.mkdir()
        yield unfinished
        made = unfinished.rename(folder / f"{_PREFIX}{number}")
        _point(folder, made)
        for path in folder.glob(f"{_PREFIX}*"):
            if path not in (made, before):
                shutil.rmtree(path)
    finally:
        lock.release()


def current(folder: Path) -> Path | None:
    """The folder of the current export, or None where there is none."""
    link = folder / CURRENT
    return link.resolve() if link.exists() else None


def share(files: Path, wanted: Path) -> None:
    """Have a file of an export in a new one too, without a copy where the file system can do so."""
    try:
        os.link(files, wanted)
    except OSError:
        shutil.copyfile(files, wanted)


def _point(folder: Path, export: Path) -> None:
    link = folder / f"{CURRENT}{_UNFINISHED}"
    link.symlink_to(export.name)
    link.replace(folder / CURRENT)


def _remove(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
