"""Features from the raw tables, every day: check, publish, verify.

1. `check_raw_tables` reads `fact_order_items`, `dim_product` and `dim_store` and prints one report: rows,
   values, references, freshness. When it fails, nothing was changed.
2. `publish_features` computes the features of all orders and publishes them with the latest state, whole or
   not at all. When it fails, what was published before is still served.
3. `verify_snapshot` compares the snapshot with its record, its own keys and the previous snapshot, and **puts
   the previous one back** if it is faulty. The log's last line says which snapshot is served then.

The API picks a new snapshot up by itself, within seconds. It serves an old one for as long as it takes to
repair a failed run: there is time to look.

### When a task fails

1. Open the failed task's log and read its last lines: they name the table, the column and the first rows.
2. **"exit code 2": the data are wrong.** The task is not tried again. Correct the raw tables, or load the CSV
   files again (`docker compose run --rm training python -m training.preprocess`), then trigger a new run. If
   the data are right and only unusual, publish them by hand:
   `docker compose run --rm training python -m training.preprocess --source db`.
   The limits of the checks: `python -m training.raw_checks --help`, `python -m training.snapshot_checks --help`.
3. **Any other exit code: MySQL failed, or another run was publishing.** The task was tried four times over
   some minutes. See that MySQL is up (`docker compose ps`), then clear the task or trigger a new run: every
   task can be repeated.
4. **A time-out**: the task's program was stopped; what it had half built is dropped by the next run. See what
   holds the database (`SHOW PROCESSLIST`), then clear the task.

To serve the previous snapshot, at any time:
`docker compose run --rm training python -m training.preprocess --rollback`.

Runs need no date: a manual run does the same as a scheduled one.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task
from quantity_programs import DEFAULT_ARGS, FEATURES, PYTHON


@dag(
    dag_id="dag_quantity_model_preprocessing",
    description="Features from the raw tables: check, publish, verify",
    doc_md=__doc__,
    schedule="0 6 * * *",
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=DEFAULT_ARGS,
    tags=["quantity", "features"],
)
def preprocessing() -> None:
    """Check the raw tables, publish the features, verify what was published."""

    @task.bash(execution_timeout=timedelta(minutes=15))
    def check_raw_tables() -> str:
        return f'{PYTHON} -m training.raw_checks --max-age-days "$RAW_MAX_AGE_DAYS"'

    @task.bash(execution_timeout=timedelta(hours=2))
    def publish_features() -> str:
        return f'{PYTHON} -m training.preprocess --source db --run-id "$RUN_ID" --wait 300'

    @task.bash(execution_timeout=timedelta(minutes=30), outlets=[FEATURES])
    def verify_snapshot() -> str:
        return f'{PYTHON} -m training.snapshot_checks --run-id "$RUN_ID" --rollback-on-failure'

    check_raw_tables() >> publish_features() >> verify_snapshot()


preprocessing()
