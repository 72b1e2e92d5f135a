"""The features for Feast: exported as files, and their latest state brought into the online store.

Runs after each snapshot that `dag_quantity_model_preprocessing` publishes and verifies (the asset
`quantity_features`). Only teams that use Feast need it.

1. `export_features` writes the history and the latest state as Parquet files, whole or not at all. Days that cannot
   have changed since the last export are not written again.
2. `materialize` brings the exported latest state into Feast's online store, and the repository's definitions with it.
   Pairs keep the values that they have until their new ones are there.

### When a task fails

Predictions do not depend on it. The files and the online store stay as they were, or, where `materialize` ended
midway, some features in the online store are of the new snapshot: repeat it.

1. Open the failed task's log and read its last lines.
2. **`export_features`, "exit code 2": there is nothing to export.** No features are published, or by another version of
   the project: see to `dag_quantity_model_preprocessing`, then trigger a new run. **Any other exit code:** MySQL
   or the disk failed, or another run was publishing or exporting, four times over some minutes; clear the task.
3. **`materialize`, "No such file or directory": this Airflow has no Feast.** Set `AIRFLOW_TARGET=with-feast` in `.env`
   and start it again with `--build`. Otherwise see that the online store is up (`docker compose --profile feast ps`),
   then clear the task.
"""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import dag, task
from quantity_programs import DEFAULT_ARGS, FEATURES, PYTHON

FEAST_PYTHON = os.environ.get("FEAST_PYTHON", "/opt/feast/bin/python")
"""The interpreter of Feast's environment."""


@dag(
    dag_id="dag_quantity_feature_store",
    description="The published features for Feast: files, and the online store",
    doc_md=__doc__,
    schedule=[FEATURES],
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    default_args=DEFAULT_ARGS,
    tags=["quantity", "features"],
)
def feature_store() -> None:
    """Export, then materialize."""

    @task.bash(execution_timeout=timedelta(hours=1))
    def export_features() -> str:
        return f"{PYTHON} -m training.export_features"

    @task.bash(execution_timeout=timedelta(hours=1))
    def materialize() -> str:
        return f"{FEAST_PYTHON} -m feature_store materialize"

    export_features() >> materialize()


feature_store()
