"""Airflow in an environment and a folder of the tests' own: `make airflow-venv` installs it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).parents[3]
DAGS: Final = ROOT / "airflow" / "dags"
FEAST: Final = str(ROOT / ".feast-venv" / "bin" / "python")
INTERPRETER: Final = "AIRFLOW_PYTHON"
"""Variable with another interpreter that has Airflow."""

_COMMAND_SECONDS: Final = 300.0


class AirflowMissingError(Exception):
    """No interpreter with Airflow is there."""


@dataclass(frozen=True)
class Airflow:
    """An installation of Airflow.

    Attributes:
        python: its interpreter.
        home: a folder for its database and logs.
    """

    python: Path
    home: Path

    def run(self, *arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run its interpreter; standard error goes to the output."""
        # Not in the project's folder: its folder `airflow` would go for the package.
        return subprocess.run(
            [str(self.python), *arguments],
            env=self.environment | dict(variables or {}),
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )

    def __call__(self, *arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run ``airflow``."""
        return self.run("-m", "airflow", *arguments, variables=variables)

    @property
    def environment(self) -> dict[str, str]:
        """All that it and what it starts have of variables."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.home),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
            "QUANTITY_PYTHON": sys.executable,
            "FEAST_PYTHON": FEAST,
        }


def find_airflow(home: Path) -> Airflow:
    """Airflow, with a folder for its files.

    Raises:
        AirflowMissingError: there is none.
    """
    airflow = Airflow(Path(os.environ.get(INTERPRETER) or ROOT / ".airflow-venv" / "bin" / "python"), home)
    if not airflow.python.exists():
        raise AirflowMissingError(f"{airflow.python} does not exist")
    # `import airflow` alone also succeeds where a folder of that name is in the way.
    if airflow.run("-c", "import airflow.sdk").returncode:
        raise AirflowMissingError(f"{airflow.python} has no airflow.sdk")
    return airflow
