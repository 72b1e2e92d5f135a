"""Phases are timed, and long ones show how far they are."""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from training.phases import Phases


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=120, force_terminal=False)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def seconds_of_work() -> float:
    began = time.perf_counter()
    hashlib.sha256(bytes(1_000_000))
    return time.perf_counter() - began


def peak_mib() -> float:
    """The process' peak resident memory."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def test_each_phase_is_recorded_with_its_cost(console: Console) -> None:
    inside = []
    began = time.perf_counter()
    with Phases(console) as phases:
        for name in ("read", "write"):
            with phases.phase(name):
                inside.append(seconds_of_work())
    whole = time.perf_counter() - began
    assert [record.name for record in phases.records] == ["read", "write"]
    assert all(record.seconds >= least for record, least in zip(phases.records, inside, strict=True))
    assert sum(record.seconds for record in phases.records) <= whole
    # The kernel's own figure; that of `getrusage` may go back to the program that started this one.
    assert all(peak_mib() * 0.9 < record.peak_mib < peak_mib() * 100 for record in phases.records)


def test_a_phase_that_fails_is_not_recorded(console: Console) -> None:
    with Phases(console) as phases, pytest.raises(ValueError, match="bad"), phases.phase("read"):
        raise ValueError("bad")
    assert phases.records == []


def test_bars_count_their_steps(console: Console) -> None:
    with Phases(console) as phases:
        phases.start("count one by one", 3)
        phases.advance()
        phases.advance(2)
        phases.start("count to a place", 100)
        phases.advance_to(40)
    lines = {line.split("  ")[0]: line for line in shown(console).splitlines()}
    assert "3/3" in lines["count one by one"]
    assert "40/100" in lines["count to a place"]


def test_small_tables_have_no_bar(console: Console) -> None:
    with Phases(console) as phases:
        phases.start("write a small table", 5, at_least=10)
        phases.advance(5)
    assert "small" not in shown(console)
