"""The container stack with Airflow, and Airflow's REST interface."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import httpx2

from tests.support.airflow.airflow_program import ROOT
from tests.support.containers.container_waiting import wait_until
from tests.support.containers.free_ports import free_ports
from tests.support.containers.stack import ALL_PROFILES, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

AIRFLOW_FILE: Final = ROOT / "docker-compose-airflow.yaml"
SERVICES: Final = ("api", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor")
RUN_SECONDS: Final = 300.0


class AirflowStack(Stack):
    """The stack with Airflow, prepared as a user prepares it.

    Args:
        folder: an empty folder of this host.
    """

    TARGET = "with-feast"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (self.airflow_port,) = free_ports(1)
        self._prepare(folder / "prepared")

    def _prepare(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("prepare_airflow.sh", ".env.example"):
            shutil.copy(ROOT / name, folder)
        subprocess.run([str(folder / "prepare_airflow.sh")], check=True, capture_output=True)
        self._set_variables(folder / ".env", folder / "airflow" / "logs")

    def _set_variables(self, env_file: Path, logs: Path) -> None:
        # Of two lines, the last one counts.
        airflow = {"AIRFLOW_PORT": self.airflow_port, "AIRFLOW_LOGS_DIR": logs, "AIRFLOW_TARGET": self.TARGET}
        with env_file.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in (self.variables | airflow).items())
        self._env_file = env_file

    def compose(
        self, *arguments: str, files: tuple[Path, ...] = (AIRFLOW_FILE,), variables: Mapping[str, str] | None = None
    ) -> str:
        """Run ``docker compose`` on the file with Airflow; see `Stack.compose`."""
        return super().compose(*arguments, files=files, variables=variables)

    def down(self) -> None:
        """Remove everything."""
        self.compose(*ALL_PROFILES, "down", "--volumes", "--rmi=local", "--timeout=10")


class UnpreparedAirflowStack(AirflowStack):
    """The stack with Airflow without its preparation, as on a system that has no shell."""

    TARGET = "airflow"

    def _prepare(self, folder: Path) -> None:
        self._set_variables(folder.with_suffix(".env"), folder / "logs")


class AirflowClient:
    """Airflow's REST interface, as the first user.

    Args:
        port: where it is published.
    """

    def __init__(self, port: int) -> None:
        self._client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        answer = self._client.post("/auth/token", json={"username": "airflow", "password": "airflow"})
        answer.raise_for_status()
        self._client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def has(self, dag_id: str) -> bool:
        """Whether Airflow has read the DAG."""
        return self._client.get(f"/api/v2/dags/{dag_id}").status_code == httpx2.codes.OK

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run; if a scheduled run was due lately, Airflow begins it now: wait for its end."""
        due = self._get(f"/api/v2/dags/{dag_id}")["next_dagrun_run_after"]
        self._client.patch(f"/api/v2/dags/{dag_id}", json={"is_paused": False}).raise_for_status()
        if due is not None and dt.datetime.fromisoformat(due) <= dt.datetime.now(dt.UTC):
            wait_until(lambda: bool(self.runs(dag_id)), "the run that was due has begun")
            self.finish(dag_id, self.runs(dag_id)[0]["dag_run_id"])

    def trigger(self, dag_id: str) -> Run:
        """Start a run without a date, and wait for its end."""
        answer = self._client.post(f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None})
        answer.raise_for_status()
        return self.finish(dag_id, answer.json()["dag_run_id"])

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The runs of a DAG."""
        found: list[dict[str, Any]] = self._get(f"/api/v2/dags/{dag_id}/dagRuns")["dag_runs"]
        return found

    def finish(self, dag_id: str, run_id: str) -> Run:
        """Wait for a run's end."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}"
        wait_until(lambda: self._get(path)["state"] in {"success", "failed"}, f"{run_id} has ended", RUN_SECONDS)
        tasks = self._get(f"{path}/taskInstances")["task_instances"]
        return Run(
            run_id,
            self._get(path)["state"],
            {task["task_id"]: task["state"] for task in tasks},
            {task["task_id"]: self._log(path, task) for task in tasks if task["try_number"]},
        )

    def _log(self, path: str, task: Mapping[str, Any]) -> str:
        # One try is all that a run here needs.
        assert task["try_number"] == 1
        lines = self._get(f"{path}/taskInstances/{task['task_id']}/logs/1?full_content=true")["content"]
        return "\n".join(line["event"] for line in lines)

    def _get(self, path: str) -> dict[str, Any]:
        answer = self._client.get(path)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


class Run:
    """A run that has ended.

    Args:
        run_id: its id.
        state: ``success`` or ``failed``.
        tasks: the tasks' states.
        logs: the logs of the tasks that began.
    """

    def __init__(self, run_id: str, state: str, tasks: dict[str, str], logs: dict[str, str]) -> None:
        self.run_id, self.state, self.tasks, self.logs = run_id, state, tasks, logs


def when_read(client: AirflowClient, *dag_ids: str) -> None:
    """Return once Airflow has read these DAGs."""
    for dag_id in dag_ids:
        wait_until(partial(client.has, dag_id), f"Airflow has read {dag_id}")
