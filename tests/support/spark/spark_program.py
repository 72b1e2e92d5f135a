"""Preprocessing in an environment that has Spark: `make spark-venv` installs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tests.support.publishing.preprocess_runs import Result
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.settings import Settings

ROOT: Final = Path(__file__).parents[3]
SPARK_SECONDS: Final = 600.0
JDBC_DRIVER: Final = Path("/usr/share/java/mariadb-java-client.jar")


class Run(NamedTuple):
    """A run of the program."""

    settings: Settings
    arguments: Sequence[str]


def run_on_spark(runs: Sequence[Run]) -> list[Result]:
    """Run the program several times, one after the other; Java starts once."""
    python = ROOT / ".spark-venv" / "bin" / "python"
    if not python.exists():
        missing(f"{python} does not exist", "make spark-venv")
    if not JDBC_DRIVER.exists():
        missing(f"{JDBC_DRIVER} does not exist", "apt-get install libmariadb-java")
    asked = [{"arguments": list(run.arguments), "settings": _told(run.settings)} for run in runs]
    done = subprocess.run(
        [str(python), "-m", "tests.support.spark.runs_in_one_process"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), "OMP_NUM_THREADS": "1"},
        input=json.dumps(asked),
        text=True,
        capture_output=True,
        timeout=SPARK_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout.splitlines()[-1])
    return [Result(code, " ".join(out.replace("│", " ").split()), err) for code, out, err in results]


def _told(settings: Settings) -> dict[str, Any]:
    values = settings.model_dump(mode="json", exclude_unset=True) | {
        "spark_master": "local[2]",
        "spark_jars": str(JDBC_DRIVER),
    }
    if settings.mysql_host is not None:
        values["mysql_password"] = settings.mysql_password.get_secret_value()
    return values
