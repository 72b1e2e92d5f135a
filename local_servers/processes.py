"""Processes as the kernel tells of them."""

from __future__ import annotations

from pathlib import Path


def children(pid: int) -> set[int]:
    """The processes that a process has started; none if it has ended."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for path in lists for child in read_if_there(path).split()}


def read_if_there(path: Path) -> str:
    """A file of a process, empty once that has ended."""
    try:
        return path.read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""
