"""A setting that cannot be used ends every program with a line that says so, and the same exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from quantity.settings import BAD_SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

TRAINING = ["training.train", "training.bootstrap", "training.promote"]
TABLES = ["training.preprocess", "training.raw_checks", "training.snapshot_checks"]
PROGRAMS = ["api", "api.status.wait_until_ready", *TRAINING, *TABLES]


def told(program: str, folder: Path, **variables: str) -> str:
    """The only line of a program that cannot use its settings."""
    folders = {"DATA_DIR": str(folder / "data"), "LOCAL_DIR": str(folder / "local"), "ARTIFACTS_DIR": str(folder / "a")}
    ended = subprocess.run(
        [sys.executable, "-m", program],
        env=os.environ | folders | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (ended.returncode, ended.stdout) == (BAD_SETTINGS, ""), ended.stderr
    (line,) = ended.stderr.splitlines()
    return line


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_ends_with_a_line(tmp_path: Path, program: str) -> None:
    line = told(program, tmp_path, API_PORT="99999")
    assert line == "settings: API_PORT='99999': expected a whole number from 0 to 65535"


@pytest.mark.parametrize("program", ["api", *TRAINING, *TABLES])
def test_a_local_folder_that_cannot_be_made_is_told(tmp_path: Path, program: str) -> None:
    line = told(program, tmp_path, LOCAL_DIR="/proc/nope")
    assert line == "settings: LOCAL_DIR='/proc/nope': this folder cannot be made: No such file or directory"


@pytest.mark.parametrize("program", TRAINING)
def test_a_folder_of_artifacts_that_cannot_be_made_is_told(tmp_path: Path, program: str) -> None:
    line = told(program, tmp_path, ARTIFACTS_DIR="/proc/nope")
    assert line == "settings: ARTIFACTS_DIR='/proc/nope': this folder cannot be made: No such file or directory"


def test_the_sample_needs_a_folder_that_can_be_made(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "training.bootstrap"],
        env=os.environ | {"DATA_DIR": "/proc/nope", "LOCAL_DIR": str(tmp_path), "ARTIFACTS_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == BAD_SETTINGS
    assert ended.stderr == "settings: DATA_DIR='/proc/nope': this folder cannot be made: No such file or directory\n"


@pytest.mark.parametrize("port", ["0", "99999", "abc"])
def test_waiting_for_a_port_that_is_none_is_refused(port: str) -> None:
    """The system's look-up of addresses would take 99999 for 34463."""
    ended = subprocess.run(
        [sys.executable, "-m", "api.status.wait_until_ready", f"--port={port}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == BAD_SETTINGS
    assert f"expected a whole number from 1 to 65535, not '{port}'" in ended.stderr
