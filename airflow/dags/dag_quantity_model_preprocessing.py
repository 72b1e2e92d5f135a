"""New order files into the raw tables, and features from these, every day: take in, check, publish, verify.

1. `take_in_orders` adds the order lines of the files in `training/data/incoming/` to `fact_order_items`, all in one
   step: a line that is there already is no second order, a correction replaces. It moves each file to `done/` there,
   or, where it cannot be used, to `refused/` with the reason beside it. Without files there is nothing to do.
2. `check_raw_tables` reads `fact_order_items`, `dim_product` and `dim_store` and prints one report: rows,
   values, references, freshness. When it fails, nothing was changed.
3. `publish_features` computes the features and publishes them with the latest state, whole or not at all. It keeps the
   rows of the history that cannot have changed since the published snapshot: a night costs what its orders cost. Where
   too much has changed it says so and computes all rows. When it fails, what was published before is still served.
4. `verify_snapshot` compares the snapshot with its record, its own keys and the previous snapshot, and **puts
   the previous one back** if it is faulty. The log's last line says which snapshot is served then.
5. `report_refused_files` fails as long as a refused file lies in `refused/`: the run is red until somebody has seen
   to it, though its features are published.

Files that are refused, or cannot be taken in, hold nothing up: the other tasks go on with the orders that are there.

The API picks a new snapshot up by itself, within seconds. It serves an old one for as long as it takes to
repair a failed run: there is time to look.

### When a task fails

1. Open the failed task's log and read its last lines: they name the table, the column and the first rows.
2. **`take_in_orders`, `report_refused_files`: files were refused.** The log says why, and so does the file
   `….reason.txt` beside each in `training/data/incoming/refused/`. Correct the file and put it back into `incoming/`,
   or remove it; the next run takes it in. "files cannot be moved" means that the folder is not Airflow's:
   `sudo chown -R "$(id -u)" training/data/incoming`, with `AIRFLOW_UID` in `.env` the same (`./prepare_airflow.sh`).
3. **"exit code 2" elsewhere: the data are wrong.** The task is not tried again. Correct the raw tables, append
   corrected lines, or load the files again (`docker compose run --rm training python -m training.preprocess`, which
   refuses where that would lose appended lines), then trigger a new run. If the data are right and only unusual,
   publish them by hand: `docker compose run --rm training python -m training.preprocess --source db`.
   The limits of the checks: `python -m training.raw_checks --help`, `python -m training.snapshot_checks --help`.
4. **Any other exit code: MySQL failed, or another run was publishing.** The task was tried four times over
   some minutes. See that MySQL is up (`docker compose ps`), then clear the task or trigger a new run: every
   task can be repeated.
5. **A time-out**: the task's program was stopped; what it had half built is dropped by the next run. See what
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
    description="New orders and features from the raw tables: take in, check, publish, verify",
    doc_md=__doc__,
    schedule="0 6 * * *",
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=DEFAULT_ARGS,
    tags=["quantity", "features"],
)
def preprocessing() -> None:
    """Take in new orders, check the raw tables, publish the features, verify what was published."""

    @task.bash(execution_timeout=timedelta(minutes=45))
    def take_in_orders() -> str:
        # The features are computed once, by the task that publishes them.
        return f'{PYTHON} -m training.preprocess --incoming --raw-only --run-id "$RUN_ID" --wait 300'

    # Whether or not there were files that could be taken in: those that were are in the tables.
    @task.bash(execution_timeout=timedelta(minutes=15), trigger_rule="all_done")
    def check_raw_tables() -> str:
        return f'{PYTHON} -m training.raw_checks --max-age-days "$RAW_MAX_AGE_DAYS"'

    @task.bash(execution_timeout=timedelta(hours=2))
    def publish_features() -> str:
        return f'{PYTHON} -m training.preprocess --source db --incremental --run-id "$RUN_ID" --wait 300'

    @task.bash(execution_timeout=timedelta(minutes=30), outlets=[FEATURES])
    def verify_snapshot() -> str:
        return f'{PYTHON} -m training.snapshot_checks --run-id "$RUN_ID" --rollback-on-failure'

    # The last task is what the run's state is taken from: it does not begin if orders could not be taken in.
    @task.bash(execution_timeout=timedelta(minutes=5))
    def report_refused_files() -> str:
        return f"{PYTHON} -m training.refused_files"

    taken, verified, reported = take_in_orders(), verify_snapshot(), report_refused_files()
    taken >> check_raw_tables() >> publish_features() >> verified >> reported
    taken >> reported


preprocessing()
