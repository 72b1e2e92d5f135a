"""What is left of memory is the kernel's or the container's, whichever is less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quantity.memory import memory_left

if TYPE_CHECKING:
    from pathlib import Path

MEMINFO = "MemTotal: 900 kB\nMemAvailable: 500 kB\nSwapFree: 100 kB\n"
STAT = "anon 300000\ninactive_file 50000\nactive_file 20000\n"


@pytest.mark.parametrize(
    ("most", "used", "left"),
    [
        pytest.param("max", 400_000, 600 * 1024, id="no limit: available and swap"),
        pytest.param("450000", 400_000, 120_000, id="pages of files can be dropped"),
        pytest.param("9000000", 400_000, 600 * 1024, id="a limit that is no limit"),
    ],
)
def test_the_less_of_both_counts(tmp_path: Path, most: str, used: int, left: int) -> None:
    files = {"meminfo": MEMINFO, "memory.max": f"{most}\n", "memory.current": f"{used}\n", "memory.stat": STAT}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert memory_left(tmp_path / "meminfo", tmp_path) == left


def test_where_the_kernel_tells_nothing_nothing_is_known(tmp_path: Path) -> None:
    assert memory_left(tmp_path / "meminfo", tmp_path) is None


def test_this_machine_has_memory_left() -> None:
    left = memory_left()
    assert left is not None
    assert left > 10_000_000
