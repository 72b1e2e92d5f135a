"""A model trained once, from generated files to the champion, for every test that only looks at it."""

from __future__ import annotations

import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from tests.support.settings import settings_for
from training import preprocess, train
from training.sample_data.csv_output import write_csv_files
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from sqlalchemy import URL

    from quantity.settings import Settings

ROWS = 20_000
ARGUMENTS = ("--trees", "10")


@dataclass(frozen=True)
class Result:
    """What a program left: its exit code and what it printed, blanks folded."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Trained:
    """A published snapshot and a champion."""

    settings: Settings
    result: Result


def run_train(settings: Settings, *arguments: str) -> Result:
    """Run `train.py` with few trees."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = train.main([*ARGUMENTS, *arguments], settings)
    return Result(code, " ".join(out.getvalue().split()), err.getvalue())


def publish_generated(settings: Settings, rows: int = ROWS, weeks: int = 104) -> None:
    """Run `preprocess.py` on generated files."""
    write_csv_files(synthetic_tables(rows, weeks=weeks), settings.data_dir, overwrite=True)
    with redirect_stdout(io.StringIO()):
        assert preprocess.main([], settings) == preprocess.DONE


def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Train, the first time in a session. Not to be changed: see `copy_of`."""
    return _trained(tmp_path_factory.getbasetemp() / "trained")


@cache
def _trained(folder: Path) -> Trained:
    settings = settings_for(folder)
    publish_generated(settings)
    return Trained(settings, run_train(settings))


def copy_of(trained: Trained, folder: Path, database: URL | None = None) -> Settings:
    """Settings with the tables, unless in another database, and the registry as they were after training."""
    settings = settings_for(folder, database)
    shutil.copytree(trained.settings.local_dir, settings.local_dir)
    return settings
