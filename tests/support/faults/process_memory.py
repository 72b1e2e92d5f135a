"""A process' memory, as the kernel counts it."""

from __future__ import annotations

import re
from pathlib import Path

MIB = 2**20


def forget_peak(pid: int) -> int:
    """Begin a new peak; the result is the resident memory now, in bytes."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    return _bytes(pid, "VmRSS")


def peak(pid: int) -> int:
    """Most resident memory since `forget_peak`, in bytes."""
    return _bytes(pid, "VmHWM")


def _bytes(pid: int, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(encoding="ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024
