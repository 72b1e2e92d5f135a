"""What stores are likely to order today: the champion answers every active pair, and the table is replaced.

Runs after each snapshot that `dag_quantity_model_preprocessing` publishes and verifies (the asset
`quantity_features`). Its one task, `propose_orders`, lets the champion answer all pairs of store and product that have
ordered in the last 91 days, for today in `TIME_ZONE`, and puts the table `proposed_orders` in the place of the one
before, in one step: carts can be filled from it. The numbers are those that the API gives.

### When the task fails

The table stays as it was; `checkout_date` and `as_of_date` in it tell how old it is.

1. Open the task's log and read its last lines.
2. **"exit code 2": there is nothing to answer with.** No features are published, or by another version of the project,
   or no version of the model is champion: see to `dag_quantity_model_preprocessing` or `dag_quantity_model_training`,
   then trigger a new run.
3. **Any other exit code: MySQL or MLflow failed, or another run was publishing**, four times over some minutes. See
   that both are up (`docker compose ps`), then clear the task or trigger a new run.
4. **A time-out**: nothing was replaced. See what holds the database (`SHOW PROCESSLIST`), then clear the task.

Other dates, other pairs, or a file: `docker compose run --rm training python -m training.predict --help`.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task
from quantity_programs import DEFAULT_ARGS, FEATURES, PYTHON


@dag(
    dag_id="dag_quantity_order_proposals",
    description="What stores are likely to order today, as a table",
    doc_md=__doc__,
    schedule=[FEATURES],
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=2),
    default_args=DEFAULT_ARGS,
    tags=["quantity", "proposals"],
)
def proposals() -> None:
    """Answer every active pair."""

    @task.bash(execution_timeout=timedelta(hours=1))
    def propose_orders() -> str:
        return f"{PYTHON} -m training.predict --table --wait 300"

    propose_orders()


proposals()
