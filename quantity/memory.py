"""How much memory is left: what the kernel can give, or what the container's limit allows."""

from __future__ import annotations

from pathlib import Path

MEMINFO, CGROUP = Path("/proc/meminfo"), Path("/sys/fs/cgroup")


def memory_left(meminfo: Path = MEMINFO, cgroup: Path = CGROUP) -> int | None:
    """Bytes that processes may still take, swap and pages of files that can be dropped included; None: unknown.

    Args:
        meminfo: the kernel's account.
        cgroup: folder of the container's, version 2.
    """
    try:
        lines = dict(line.split(":") for line in meminfo.read_text(encoding="ascii").splitlines())
        left = sum(int(lines[name].split()[0]) for name in ("MemAvailable", "SwapFree")) * 1024
    except (OSError, KeyError, ValueError):
        return None
    limit = _left_by_limit(cgroup)
    return left if limit is None else min(left, limit)


def _left_by_limit(cgroup: Path) -> int | None:
    try:
        most, used = ((cgroup / name).read_text(encoding="ascii").strip() for name in ("memory.max", "memory.current"))
        parts = dict(line.split() for line in (cgroup / "memory.stat").read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return None
    if most == "max":
        return None
    of_files = int(parts.get("inactive_file", 0)) + int(parts.get("active_file", 0))
    return int(most) - int(used) + of_files
