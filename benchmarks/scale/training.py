"""Training as users run it, on what was published: its time and its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Training:
    """What one training takes.

    Attributes:
        seconds: from the program's start to its end.
        peak_mib: its peak resident memory.
    """

    seconds: float
    peak_mib: int


def train(environment: Mapping[str, str]) -> Training:
    """Train on the database that variables name, with the settings' defaults.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "training.train"],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"training ended with {process.returncode}")
    return Training(time.perf_counter() - began, used.ru_maxrss // 1024)
