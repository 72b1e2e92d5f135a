"""The folders that programs write to: whether they may, and what is free there."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from command_line.doctor.finding import Finding, fault, ok, warning
from command_line.installed import is_installed
from quantity.settings import written_folders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from command_line.doctor.situation import Situation
    from quantity.settings import Settings

LEAST_BYTES, FEW_BYTES = 100_000_000, 2_000_000_000
"""Below the first nothing is worth trying; the sample's features and models take about the second."""

GB = 1e9


def look(situation: Situation) -> Iterator[Finding]:
    """Ask the system; nothing is written."""
    settings = situation.settings
    assert settings is not None  # noqa: S101 - the check needs them
    is_training = is_installed("training")
    names = written_folders(settings, training=is_training, serving=is_installed("api"))
    for name in names:
        yield _of_folder(name, getattr(settings, name))
    if is_training:
        yield _of_data(settings.data_dir)
    yield from _of_files(settings)


def _of_folder(name: str, folder: Path) -> Finding:
    nearest = _nearest(folder)
    seen = f"{name.upper()} {folder}{'' if nearest == folder else ' (not made yet)'}"
    if not os.access(nearest, os.W_OK | os.X_OK):
        return fault(f"{seen} cannot be written to", _give(nearest, name))
    free = shutil.disk_usage(nearest).free
    seen = f"{seen}: {free / GB:.1f} GB free"
    if free < LEAST_BYTES:
        return fault(seen, f"make room there, or set {name.upper()} to a folder of another disk")
    if free < FEW_BYTES:
        return warning(seen, f"make room there: a million order lines take about {FEW_BYTES / GB:.0f} GB")
    return ok(seen)


def _of_data(folder: Path) -> Finding:
    nearest = _nearest(folder)
    if not os.access(nearest, os.R_OK | os.X_OK):
        return fault(f"DATA_DIR {folder} cannot be read", _give(nearest, "data_dir"))
    if nearest != folder:
        return ok(f"DATA_DIR {folder} is not made yet: `quantity sample` or `quantity run` writes orders there")
    files = sum(path.is_file() and not path.name.startswith(".") for path in folder.iterdir())
    holds = f"holds {files} file{'s' * (files != 1)}{'' if os.access(folder, os.W_OK) else ', and may only be read'}"
    return ok(f"DATA_DIR {folder} {holds}: {shutil.disk_usage(folder).free / GB:.1f} GB free")


def _of_files(settings: Settings) -> Iterator[Finding]:
    """The SQLite files: a container may have made them as another user."""
    for path in (settings.local_dir / "mlops.db", settings.local_dir / "mlflow.db"):
        if path.is_file() and not os.access(path, os.R_OK | os.W_OK):
            yield fault(f"{path} cannot be written to", _give(path, "local_dir"))


def _nearest(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _give(path: Path, name: str) -> str:
    return f"`sudo chown -R $USER {path}`, or set {name.upper()} to a folder of yours"
