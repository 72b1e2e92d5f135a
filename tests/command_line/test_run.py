"""From files to a service that answers, by one command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from api.status.wait_until_ready import what_is_missing
from local_servers.ports import HOST, free_port
from local_servers.waiting import wait_until
from tests.support.api.service_process import environment_of
from tests.support.command_line import ROOT, run

if TYPE_CHECKING:
    from quantity.settings import Settings

CASES = Path(__file__).parents[1] / "cases"
SECONDS = 300


def test_files_become_a_service_that_answers(settings: Settings, tmp_path: Path) -> None:
    shutil.copytree(CASES / "upper_names", settings.data_dir)
    port = free_port()
    told = tmp_path / "told"
    with told.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "command_line", "run"],
            cwd=ROOT,
            env=os.environ | environment_of(settings) | {"API_PORT": str(port)},
            stdout=output,
        )
    try:

        def is_ready() -> bool:
            assert process.poll() is None, "it has ended"
            return not what_is_missing(HOST, port)

        wait_until(is_ready, "the service is ready", SECONDS, interval=0.5)
        # The process that was started is the service: whoever stops it stops that.
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == -signal.SIGTERM
    finally:
        process.kill()
        process.wait(SECONDS)
    assert "version 1 of quantity is now champion" in " ".join(told.read_text().split())
    assert "==> try it when the service is ready:" in told.read_text()


def test_files_that_cannot_be_used_end_it_before_anything_is_served(settings: Settings) -> None:
    shutil.copytree(CASES / "misnamed_make_run", settings.data_dir)
    done = run("run", settings=settings)
    assert done.returncode == 2
    assert done.stderr.startswith(f"bootstrap: {settings.data_dir} holds no orders")


def test_settings_that_cannot_be_used_end_it_with_a_line(settings: Settings) -> None:
    done = run("run", settings=settings, variables={"API_PORT": "99999"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "settings: API_PORT='99999': expected a whole number from 0 to 65535\n"
