"""A real Alertmanager, with the configuration that the container gets."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2

from local_servers.ports import free_port
from local_servers.waiting import wait_until
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parents[3] / "alertmanager"
HOST: Final = "127.0.0.1"


def configure(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script that prints the configuration, with nothing else in its environment."""
    command = ["sh", str(FOLDER / "configuration.sh")]
    environment = {"PATH": os.environ["PATH"]} | variables
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def hurried(configuration: str) -> str:
    """The same, but each pause is a second."""
    return re.sub(r"(group_wait|group_interval): \w+", r"\1: 1s", configuration)


def program(*names: str) -> str:
    """The path of one of these programs of Alertmanager's; the test is skipped where none is installed."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        missing(f"{names[0]} is not installed", "apt-get install prometheus-alertmanager")
    return found


@contextmanager
def running_alertmanager(folder: Path, configuration: str) -> Iterator[str]:
    """The address of an Alertmanager that keeps its files in a folder."""
    name = program("prometheus-alertmanager", "alertmanager")
    file, address = folder / "alertmanager.yml", f"{HOST}:{free_port()}"
    file.write_text(configuration)
    options = [f"--config.file={file}", f"--storage.path={folder}", "--cluster.listen-address="]
    command = [name, *options, f"--web.listen-address={address}"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_until(lambda: process.poll() is not None or is_ready(address), "Alertmanager is ready")
            assert process.poll() is None, (folder / "log").read_text()
            yield address
        finally:
            process.terminate()


def is_ready(address: str) -> bool:
    """Whether Alertmanager, or Prometheus, is ready there."""
    try:
        return httpx2.get(f"http://{address}/-/ready").status_code == 200
    except httpx2.TransportError:
        return False
