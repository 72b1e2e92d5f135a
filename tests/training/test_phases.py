"""Phases are timed, and long ones show how far they are."""

from __future__ import annotations

import hashlib
import io
import re
import subprocess
import sys
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


def test_bars_count_their_steps_on_a_terminal() -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system=None)
    with Phases(console) as phases:
        phases.start("count one by one", 3)
        phases.advance()
        phases.advance(2)
        phases.start("count to a place", 100)
        phases.advance_to(40)
    assert re.search(r"count one by one .* 3/3 ", shown(console))
    assert re.search(r"count to a place .* 40/100 ", shown(console))


def test_without_a_terminal_there_is_a_line_at_the_beginning_and_one_at_the_end(console: Console) -> None:
    with Phases(console) as phases:
        phases.start("count one by one", 3)
        assert shown(console) == "count one by one ...\n"
        phases.advance()
        phases.advance(2)
        phases.start("count [to] a place", 100)
        phases.advance_to(40)
    lines = [re.sub(r"\d+\.\d s$", "0.0 s", line) for line in shown(console).splitlines()]
    assert lines == ["count one by one ...", "count one by one: done in 0.0 s", "count [to] a place ..."]


def test_a_log_has_each_line_at_once_and_no_control_characters() -> None:
    program = (
        "from rich.console import Console\n"
        "from training.phases import Phases\n"
        "with Phases(Console()) as phases:\n"
        "    phases.start('wait', 1)\n"
        "    input()\n"
        "    phases.advance()\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        first = process.stdout.readline()
        process.stdin.write("\n")
        process.stdin.close()
        rest = process.stdout.read()
    assert first == "wait ...\n"
    assert re.fullmatch(r"wait: done in \d+\.\d s\n", rest)


@pytest.mark.parametrize("where", ["terminal", "log"])
def test_small_tables_have_no_bar(where: str) -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=where == "terminal")
    with Phases(console) as phases:
        phases.start("write a small table", 5, at_least=10)
        phases.advance(5)
    assert "small" not in shown(console)
