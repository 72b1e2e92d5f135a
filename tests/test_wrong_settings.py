"""A setting of the wrong type ends every program with a line that says so, and the same exit code."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from quantity.settings import BAD_SETTINGS

PROGRAMS = {
    "api": [],
    "training.preprocess": [],
    "training.train": [],
    "training.bootstrap": [],
    "training.raw_checks": [],
    "training.snapshot_checks": ["--run-id", "x"],
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_ends_with_a_line(program: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", program, *PROGRAMS[program]],
        env=os.environ | {"API_PORT": "abc"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    (line,) = ended.stderr.splitlines()
    assert line.startswith("settings: API_PORT='abc': Input should be a valid integer")
    assert (ended.returncode, ended.stdout) == (BAD_SETTINGS, "")
