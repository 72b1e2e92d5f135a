"""The container stack under a project name of the tests' own, with its own ports and folders."""

from __future__ import annotations

import json
import os
import re
import subprocess
import uuid
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.support.containers.container_waiting import wait_until
from tests.support.containers.free_ports import HOST, free_port_range, free_ports

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

ROOT: Final = Path(__file__).parents[3]
MAIN_FILE: Final = ROOT / "docker-compose.yaml"
S3_FILE: Final = Path(__file__).parent / "s3.yaml"
RECEIVER_FILE: Final = Path(__file__).parent / "receiver.yaml"
API_PORTS: Final = 10
"""More than there are instances: the engine may be slow to give a port back."""

PORTS: Final = {"mysql": 3306, "mlflow": 5000, "api": 8000, "prometheus": 9090, "grafana": 3000, "feast": 8888}
"""Ports of the services inside the network."""

HEALTHY_SECONDS: Final = 180.0
_COMMAND_SECONDS: Final = 600.0
ALL_PROFILES: Final = tuple(f"--profile={name}" for name in ("training", "alerts", "spark", "feast"))
_OBJECTS: Final = {
    "container": ("ps", "--all"),
    "volume": ("volume", "ls"),
    "network": ("network", "ls"),
    "image": ("images",),
}


class StackError(RuntimeError):
    """A command of the stack failed; the message holds all that it printed."""


class Stack:
    """A stack of containers.

    Args:
        folder: an empty folder of this host, for the CSV files and the artifacts.
    """

    def __init__(self, folder: Path) -> None:
        self.project = f"order-quantity-test-{uuid.uuid4().hex[:8]}"
        self.data, self.artifacts = folder / "data", folder / "artifacts"
        for made in (self.data, self.artifacts):
            made.mkdir()
        self.variables = self._own_variables()
        self._env_file = folder / "env"
        self._env_file.write_text("".join(f"{name}={value}\n" for name, value in self.variables.items()))

    def _own_variables(self) -> dict[str, str]:
        api_ports = free_port_range(API_PORTS)
        self.api_ports = f"{api_ports[0]}-{api_ports[-1]}"
        mysql, mlflow, prometheus, alertmanager, grafana, redis, feast = free_ports(7)
        return {
            # The same layers, but the developer's images stay as they are.
            "IMAGE_TAG": self.project,
            "DATA_DIR": str(self.data),
            "ARTIFACTS_DIR": str(self.artifacts),
            "API_PORT": str(api_ports[0]),
            "API_POLL_SECONDS": "1",
            "MYSQL_PORT": str(mysql),
            "MLFLOW_PORT": str(mlflow),
            "PROMETHEUS_PORT": str(prometheus),
            "ALERTMANAGER_PORT": str(alertmanager),
            "GRAFANA_PORT": str(grafana),
            "REDIS_PORT": str(redis),
            "FEAST_PORT": str(feast),
        }

    def compose(
        self, *arguments: str, files: tuple[Path, ...] = (MAIN_FILE,), variables: Mapping[str, str] | None = None
    ) -> str:
        """Run ``docker compose`` and return its standard output.

        Args:
            arguments: of the command.
            files: compose files.
            variables: for this command, beside the stack's.

        Raises:
            StackError: the command failed.
        """
        return self._compose(arguments, files, variables).stdout

    def compose_messages(
        self, *arguments: str, files: tuple[Path, ...] = (MAIN_FILE,), variables: Mapping[str, str] | None = None
    ) -> str:
        """The same, but what it says beside its output: which containers it recreates, and its warnings."""
        return self._compose(arguments, files, variables).stderr

    def _compose(
        self, arguments: tuple[str, ...], files: tuple[Path, ...], variables: Mapping[str, str] | None
    ) -> subprocess.CompletedProcess[str]:
        options = [f"--project-name={self.project}", f"--env-file={self._env_file}", f"--project-directory={ROOT}"]
        options += [f"--file={file}" for file in files]
        return _run(["docker", "compose", *options, *arguments], _without_settings() | dict(variables or {}))

    def run_training(self, *command: str, variables: Mapping[str, str] | None = None) -> str:
        """Run a command of the training image; without one, the job itself."""
        return self.compose("--profile=training", "run", "--rm", "--no-TTY", "training", *command, variables=variables)

    def python(self, service: str, code: str, **variables: str) -> str:
        """Run Python code in a service's container, with further variables; what it printed."""
        options = [f"--env={name}={value}" for name, value in variables.items()]
        return self.compose("exec", "--no-TTY", *options, service, "python", "-c", code).strip()

    def sql(self, statement: str) -> str:
        """Run a statement as MySQL's administrator; the answer's rows, tabs between the values."""
        command = f'MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root --batch --skip-column-names mlops -e "{statement}"'
        return self.compose("exec", "--no-TTY", "mysql", "bash", "-c", command).strip()

    def wait_until_ready(self, *arguments: str) -> None:
        """Return when the API is ready, or every instance of it if the argument is ``api``."""
        program = ("python", "-m", "api.status.wait_until_ready", *arguments)
        self.compose("exec", "--no-TTY", "api", *program)

    def url(self, service: str) -> str:
        """The published address of a service, of its first instance if there are several."""
        return f"http://{self.compose('port', service, str(PORTS[service])).strip()}"

    def states(self, service: str) -> list[dict[str, Any]]:
        """What the engine knows of each container of a service."""
        containers = self.compose("ps", "--all", "--quiet", service).split()
        found: list[dict[str, Any]] = json.loads(_run(["docker", "inspect", *containers]).stdout) if containers else []
        return found

    def is_healthy(self, service: str) -> bool:
        """Whether every container of a service is."""
        states = self.states(service)
        return bool(states) and all(state["State"].get("Health", {}).get("Status") == "healthy" for state in states)

    def wait_healthy(self, *services: str) -> None:
        """Return once all containers of these services are healthy."""
        for service in services:
            wait_until(partial(self.is_healthy, service), f"{service} is healthy", HEALTHY_SECONDS)

    @contextmanager
    def stopped(self, *services: str) -> Iterator[None]:
        """Stop services; start them again at the end, and wait until all that was healthy is so again."""
        healthy = [service for service in ("mysql", "mlflow", "api", "prometheus") if self.is_healthy(service)]
        self.compose("stop", *services)
        try:
            yield
        finally:
            self.compose("start", *services)
            self.wait_healthy(*healthy)

    @contextmanager
    def paused(self, *services: str) -> Iterator[None]:
        """Freeze services: they accept connections, and never answer. They go on at the end."""
        self.compose("pause", *services)
        try:
            yield
        finally:
            self.compose("unpause", *services)
            self.wait_healthy(*services)

    def containers(self) -> dict[str, str]:
        """The id of each container, by its name."""
        rows = self.compose("ps", "--all", "--no-trunc", "--format={{.Name}} {{.ID}}").splitlines()
        return dict(row.split() for row in rows)

    def logs_since(self, service: str, when: dt.datetime) -> str:
        """What a service has logged since then."""
        return self.compose("logs", "--no-color", "--no-log-prefix", f"--since={when.isoformat()}", service)

    def logs(self) -> str:
        """The end of every container's log."""
        return self.compose(*ALL_PROFILES, "logs", "--no-color", "--timestamps", "--tail=150")

    def down(self) -> None:
        """Remove everything."""
        files = (MAIN_FILE, S3_FILE, RECEIVER_FILE)
        self.compose(*ALL_PROFILES, "down", "--volumes", "--rmi=local", "--timeout=10", files=files)

    def leftovers(self) -> list[str]:
        """Containers, volumes, networks and images of this project that are there, as kind and id."""
        label = f"--filter=label=com.docker.compose.project={self.project}"
        return [
            f"{kind} {found}"
            for kind, command in _OBJECTS.items()
            for found in _run(["docker", *command, label, "--quiet"]).stdout.split()
        ]


def host_settings(stack: Stack) -> dict[str, str]:
    """What a program on the host is told to use the stack's MySQL and MLflow."""
    return {
        "DATA_DIR": str(stack.data),
        "MYSQL_HOST": HOST,
        "MYSQL_PORT": stack.variables["MYSQL_PORT"],
        "MLFLOW_TRACKING_URI": f"http://{HOST}:{stack.variables['MLFLOW_PORT']}",
    }


def run_on_host(stack: Stack, *command: str, folder: str) -> str:
    """Run a program in a folder of the project, on the stack's MySQL and MLflow; what it printed.

    Raises:
        StackError: it failed.
    """
    return _run(list(command), _without_settings() | host_settings(stack), ROOT / folder).stdout


def engine_answers() -> bool:
    """Whether there is a Docker engine with Compose."""
    try:
        _run(["docker", "info"])
        _run(["docker", "compose", "version"])
    except (OSError, StackError):
        return False
    return True


def _without_settings() -> dict[str, str]:
    """The environment without what `.env.example` lists, which would go before a stack's own variables."""
    settings = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    return {name: value for name, value in os.environ.items() if name not in settings}


def _run(
    command: list[str], environment: dict[str, str] | None = None, folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=_COMMAND_SECONDS,
        check=False,
    )
    if done.returncode:
        raise StackError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done
