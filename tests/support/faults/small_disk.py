"""A disk of the tests' own, small enough to be filled."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from local_servers.waiting import wait_until
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BYTES = 20_000_000
BLOCK = b"\0" * 4096


@contextmanager
def mounted(disk: Path) -> Iterator[None]:
    """A disk of `BYTES` at this folder, until whoever uses it has ended."""
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={BYTES}", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"no file system can be mounted here ({done.stderr.strip()})", "run as root")
    yield
    # The loader ends with the service, and a moment later.
    wait_until(lambda: subprocess.run(["umount", str(disk)], check=False).returncode == 0, "the disk is free")


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """The disk without a byte to spare."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        file.writelines(repeat(BLOCK))
    yield
    ballast.unlink()
