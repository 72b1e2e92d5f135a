"""A real Prometheus with the project's rules, from its image."""

from __future__ import annotations

import re
import shutil
import subprocess
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
import yaml

from local_servers.ports import free_port
from local_servers.waiting import wait_until
from tests.support.alerts.alertmanager import HOST, is_ready
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = Path(__file__).parents[3] / "prometheus"
IMAGE: Final = "prom/prometheus:v3.5.0"
SECOND: Final = "1s"


@contextmanager
def running_prometheus(folder: Path, api: str, alertmanager: str) -> Iterator[str]:
    """The address of a Prometheus that watches a service, and waits for nothing longer than a second.

    Args:
        folder: an empty folder.
        api: host and port of the service.
        alertmanager: host and port of an Alertmanager.
    """
    _write(folder, api, alertmanager)
    address, name = f"{HOST}:{free_port()}", f"order-quantity-test-{uuid.uuid4().hex[:8]}"
    options = ["--config.file=/etc/prometheus/prometheus.yml", f"--web.listen-address={address}"]
    command = [*_program(folder, name), *options, "--storage.tsdb.path=/tmp/prometheus"]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            wait_until(lambda: process.poll() is not None or is_ready(address), "Prometheus is ready")
            assert process.poll() is None, (folder / "log").read_text()
            yield address
        finally:
            subprocess.run(["docker", "stop", "--time=1", name], capture_output=True, check=False)


def firing(address: str) -> set[str]:
    """Names of the alerts that fire, or are about to."""
    answer = httpx2.get(f"http://{address}/api/v1/alerts").json()
    return {alert["labels"]["alertname"] for alert in answer["data"]["alerts"]}


def _write(folder: Path, api: str, alertmanager: str) -> None:
    """The project's configuration on addresses of this machine, and its rules without their pauses."""
    configuration = yaml.safe_load((FOLDER / "prometheus.yml").read_text(encoding="utf-8"))
    configuration["global"] = dict.fromkeys(("scrape_interval", "scrape_timeout", "evaluation_interval"), SECOND)
    configuration["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    (job,) = [job for job in configuration["scrape_configs"] if job["job_name"] == "quantity-api"]
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": [api]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    (folder / "rules").mkdir()
    for path in (FOLDER / "rules").glob("*.yml"):
        text = re.sub(
            r"^( +(?:for|keep_firing_for)): \w+$",
            rf"\1: {SECOND}",
            path.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
        (folder / "rules" / path.name).write_text(text)


def _program(folder: Path, name: str) -> list[str]:
    run = ["docker", "run", "--rm", "--network=host"]
    if not _answers([*run, IMAGE, "--version"]):
        missing(f"there is no Docker engine with {IMAGE}", "start one")
    folder.chmod(0o755)
    return [*run, f"--name={name}", f"--volume={folder}:/etc/prometheus:ro", IMAGE]


def _answers(command: list[str]) -> bool:
    return (
        shutil.which(command[0]) is not None
        and not subprocess.run(command, capture_output=True, check=False).returncode
    )
