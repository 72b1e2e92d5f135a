"""What Airflow reads from a folder of DAG files, as JSON; run by Airflow's own interpreter.

``python dag_facts.py FOLDER``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import BundleDagBag  # type: ignore[import-not-found]


def facts(folder: Path) -> dict[str, Any]:
    """Errors and DAGs."""
    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags")
    return {"errors": bag.import_errors, "dags": {dag_id: _dag(dag) for dag_id, dag in bag.dags.items()}}


def _dag(dag: Any) -> dict[str, Any]:
    timetable = dag.timetable
    condition = getattr(timetable, "asset_condition", None)
    return {
        "cron": getattr(getattr(timetable, "timetable", timetable), "expression", None),
        "assets": sorted(asset.name for asset in condition.objects) if condition else [],
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "seconds": dag.dagrun_timeout.total_seconds(),
        "tags": sorted(dag.tags),
        "documentation": dag.doc_md,
        "tasks": {task.task_id: _task(task) for task in dag.topological_sort()},
    }


def _task(task: Any) -> dict[str, Any]:
    return {
        "owner": task.owner,
        "downstream": sorted(task.downstream_task_ids),
        "trigger_rule": task.trigger_rule.value,
        "retries": task.retries,
        "back_off": task.retry_exponential_backoff,
        "most_delay_seconds": task.max_retry_delay.total_seconds(),
        "retry_policy": type(task.retry_policy).__name__,
        "seconds": task.execution_timeout.total_seconds(),
        "outlets": sorted(asset.name for asset in task.outlets),
        "command": task.python_callable(),
    }


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(facts(Path(sys.argv[1]))))
