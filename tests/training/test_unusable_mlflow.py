"""An MLflow that cannot be used: each program says so in a line, before it works for minutes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

import pytest

from local_servers.ports import HOST, free_port
from tests.support.faults.mortal_registry import MortalRegistry
from tests.support.models.trained_model import ARGUMENTS, publish_generated
from tests.support.settings import settings_for
from training import train

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROGRAMS = ["train", "bootstrap", "promote"]
SECONDS = 30
"""Of patience, without what the imports take."""


class WatchedOutput(io.StringIO):
    """Output that kills a server as soon as a text is written."""

    def __init__(self, text: str, server: MortalRegistry) -> None:
        super().__init__()
        self._text, self._server = text, server

    def write(self, text: str, /) -> int:
        if self._text in text:
            self._server.stop()
        return super().write(text)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[MortalRegistry]:
    (tmp_path / "mlflow").mkdir()
    server = MortalRegistry(tmp_path / "mlflow")
    yield server
    server.stop()


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_server_that_is_not_there_is_told_in_one_line(tmp_path: Path, program: str) -> None:
    port = free_port()
    variables = {
        "DATA_DIR": str(tmp_path / "data"),
        "LOCAL_DIR": str(tmp_path / "local"),
        "MLFLOW_TRACKING_URI": f"http://user:hush-hush@{HOST}:{port}",
    }
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", f"training.{program}"],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"{program}: MLflow http://{HOST}:{port}: "
        "Failed to establish a new connection: [Errno 111] Connection refused\n"
    )
    assert done.stdout == ""
    assert not (tmp_path / "data").exists()
    assert time.monotonic() - began < 2 * SECONDS


@pytest.mark.parametrize("phase", ["fit, window by window", "log to MLflow"])
def test_a_server_that_dies_in_the_middle_of_a_training_is_told_in_one_line(
    tmp_path: Path, registry: MortalRegistry, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    settings = settings_for(tmp_path).model_copy(update={"mlflow_tracking_uri": registry.url})
    publish_generated(settings, rows=5_000, weeks=52)
    out, err = WatchedOutput(phase, registry), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = train.main([*ARGUMENTS, "--windows", "1"], settings)
    assert code == train.SERVER_FAILED
    assert phase in out.getvalue()
    (line,) = err.getvalue().splitlines()
    assert line.startswith(f"train: MLflow {registry.url}: ")
    assert "Connection refused" in line
