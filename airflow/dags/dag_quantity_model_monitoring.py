"""How good the answers are, after each verified snapshot: score, replay, compare, propose.

Runs after each snapshot that `dag_quantity_model_preprocessing` publishes and verifies (the asset
`quantity_features`), beside `dag_quantity_model_training` and independently of it: neither waits for the other.

1. `score_answers` joins the prediction log with the orders that came, and writes the sums of the errors.
2. `replay_orders` lets the champion and every version tagged `challenger` answer the orders of the new days,
   and scores them the same way: a version is judged from its first night, asked or not.
3. `compare_features` compares the features of today with those that the champion was trained on (drift), and
   computes a sample of the logged answers again (skew).
4. `propose_ranges` registers a copy of the champion with re-estimated ranges as a challenger, where the coverage of
   the last 28 scored days has left 70-90 %. It never promotes: its log ends with the command that does.

What they find is on the Grafana dashboard "Quantity outcomes" and in the API's metrics, whose alerts say what to do.
**A bad score is no failure**: the tasks fail only where they could not look. Before the first training there is no
champion and nothing to look at: the tasks say so and succeed.

### When a task fails

Predictions go on: nothing that is served depends on these tasks. Scores, drift and alerts stay those of the last
successful run.

1. Open the failed task's log and read its last lines.
2. **"exit code 2": there is nothing to score or compare with.** No features are published, or by another version of
   the project, or the versions that would be replayed or recalibrated cannot be loaded: the log names them. See to
   `dag_quantity_model_preprocessing` or `dag_quantity_model_training`, then trigger a new run.
3. **Any other exit code: MySQL or MLflow failed, or another run was scoring, promoting or publishing**, four times over
   some minutes. See that both are up (`docker compose ps`), then clear the task and the tasks after it. Every task can
   be repeated: a day is replaced whole, and days that were missed are taken in by the next run.
4. **A time-out**: the log has grown more than a night's scoring can take. The days that were done stay done; clear the
   task to go on. A smaller `PREDICTION_LOG_SHARE` samples the pairs.

Runs need no date: a manual run does the same as a scheduled one.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import dag, task
from quantity_programs import DEFAULT_ARGS, FEATURES, PYTHON


@dag(
    dag_id="dag_quantity_model_monitoring",
    description="How good the answers are: score, replay, compare, propose",
    doc_md=__doc__,
    schedule=[FEATURES],
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=DEFAULT_ARGS,
    tags=["quantity", "monitoring"],
)
def monitoring() -> None:
    """Score what was answered, replay what was ordered, compare the features, propose ranges."""

    @task.bash(execution_timeout=timedelta(hours=1))
    def score_answers() -> str:
        return f"{PYTHON} -m training.score"

    @task.bash(execution_timeout=timedelta(hours=1))
    def replay_orders() -> str:
        return f"{PYTHON} -m training.replay"

    @task.bash(execution_timeout=timedelta(minutes=45))
    def compare_features() -> str:
        return f"{PYTHON} -m training.drift_report"

    @task.bash(execution_timeout=timedelta(minutes=45))
    def propose_ranges() -> str:
        return f"{PYTHON} -m training.recalibrate"

    score_answers() >> replay_orders() >> [compare_features(), propose_ranges()]


monitoring()
