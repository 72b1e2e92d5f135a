"""An MLflow server that is killed and comes back, on the same port and with the same store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx2

from local_servers.waiting import wait_until
from tests.support.containers.free_ports import HOST, free_port_range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 120.0


class MortalRegistry:
    """One server, which passes artifacts on as the one in the containers does.

    Args:
        folder: for its store and its artifacts.
    """

    def __init__(self, folder: Path) -> None:
        self.artifacts = folder / "artifacts"
        self._folder = folder
        self._port = free_port_range(1)[0]
        self.url = f"http://{HOST}:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it, if it does not run."""
        if self._process is not None:
            return
        command = [sys.executable, "-m", "mlflow", "server", f"--host={HOST}", f"--port={self._port}", "--workers=1"]
        command += [
            f"--backend-store-uri=sqlite:///{self._folder / 'mlflow.db'}",
            f"--artifacts-destination={self.artifacts}",
        ]
        environment = os.environ | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        with (self._folder / "log").open("ab") as log:
            # Its workers are processes of their own: they must die with it.
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        wait_until(self._answers, "the MLflow server answers", START_SECONDS)

    def kill(self) -> None:
        """Kill it."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It accepts connections, and says nothing."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._process is not None:
            self.kill()

    def _answers(self) -> bool:
        if self._process is not None and self._process.poll() is not None:
            raise RuntimeError((self._folder / "log").read_text())
        try:
            return httpx2.get(f"{self.url}/health").status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            return False
