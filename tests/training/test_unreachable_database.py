"""A database that nobody serves: each program says so in a line, and no more."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local_servers.ports import free_port
from tests.support.orders.csv_files import GOOD, write

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMS = ["bootstrap", "drift_report", "preprocess", "raw_checks", "snapshot_checks", "train"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_it_is_told_in_one_line(tmp_path: Path, program: str) -> None:
    write(tmp_path, GOOD)
    variables = {
        "DATA_DIR": str(tmp_path),
        "LOCAL_DIR": str(tmp_path / "local"),
        "MYSQL_HOST": "127.0.0.1",
        "MYSQL_PORT": str(free_port()),
        "MYSQL_PASSWORD": "hush-hush",
    }

    done = subprocess.run(
        [sys.executable, "-m", f"training.{program}"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode not in (0, 2)
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{program}: database mysql+pymysql://")
    assert line.endswith("(2003, \"Can't connect to MySQL server on '127.0.0.1' ([Errno 111] Connection refused)\")")
    assert "hush-hush" not in done.stdout + done.stderr
