"""A new version of the model: train, compare, promote if it is better.

Runs on Mondays at 08:00 UTC, and after each snapshot that `dag_quantity_model_preprocessing` publishes and
verifies (the asset `quantity_features`).

Its one task, `train_compare_promote`, fits the model on the published features, compares it with the
baselines and the champion, registers it, and moves the alias `champion` to it only if it is better: its score
beats every baseline's and, on the orders that the champion has not seen, the champion's by more than noise
(`PROMOTION_LEVEL`), and its typical number is no worse (docs/model.md, "How a version is judged"). When it
fails, the champion stays.

A version that does not beat the champion, or not yet by more than noise, is **no failure**: it stays registered,
its tag `promotion` says why, and the log shows both scores.

### When the task fails

1. Open the task's log and read its last lines.
2. **"exit code 2": there is nothing to train on.** No features are published, or they cover too few days:
   see to `dag_quantity_model_preprocessing`, then trigger a new run.
3. **Any other exit code: MySQL or MLflow failed**, four times over some minutes; or a snapshot was published
   while its features were read; or another training or promotion held the alias. See that both are up
   (`docker compose ps`), then clear the task.
4. **A time-out**: training took more than three hours. Nothing was promoted.
5. A promoted version that turns out badly: put an earlier one back,
   `docker compose run --rm training python -m training.promote VERSION`. Without VERSION it lists the versions,
   with `--history` each promotion and its evidence. The API follows within seconds.

To train once a week only, take the asset out of `schedule` in this file; to train by hand only, set it to
`None`.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task
from quantity_programs import DEFAULT_ARGS, FEATURES, PYTHON


@dag(
    dag_id="dag_quantity_model_training",
    description="A new version of the model: train, compare, promote if it is better",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("0 8 * * 1", timezone="UTC"), assets=[FEATURES]),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=4),
    default_args=DEFAULT_ARGS,
    tags=["quantity", "model"],
)
def training() -> None:
    """Train, compare, promote by the gate."""

    @task.bash(execution_timeout=timedelta(hours=3))
    def train_compare_promote() -> str:
        return f"{PYTHON} -m training.train --promote auto"

    train_compare_promote()


training()
