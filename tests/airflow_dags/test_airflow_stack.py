"""Airflow's containers from end to end: `make e2e-airflow`."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from tests.support.airflow.airflow_stack import SERVICES, AirflowClient, AirflowStack, when_read
from tests.support.containers.container_waiting import wait_until
from tests.support.containers.every_module import IMPORT_EVERY_MODULE
from tests.support.containers.lifecycle import running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.container

AIRFLOW = ("airflow-api-server", "airflow-scheduler", "airflow-dag-processor")
PREPROCESSING, TRAINING = "dag_quantity_model_preprocessing", "dag_quantity_model_training"
MONITORING, PROPOSALS = "dag_quantity_model_monitoring", "dag_quantity_order_proposals"
FEATURE_STORE = "dag_quantity_feature_store"
WITH_FEAST = "--profile=feast"
ASK_FEAST = """
from feature_store.store import open_store
store = open_store()
pairs = [{{"store_id": {0}, "product_id": {1}}}]
print(store.get_online_features(["store_product:cnt_store_product"], pairs).to_dict()["cnt_store_product"][0])
"""
TABLES = "latest_store, latest_product, latest_store_product, latest_region_category"
ALL_GOOD = dict.fromkeys(
    ("take_in_orders", "check_raw_tables", "publish_features", "verify_snapshot", "report_refused_files"), "success"
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowStack]:
    """A running stack with a snapshot and a champion of a few generated orders; nothing is left of it at the end."""
    folder = tmp_path_factory.mktemp("airflow-stack")
    with running(lambda: AirflowStack(folder), _start_and_train, "make e2e-airflow") as stack:
        yield stack


def _start_and_train(stack: AirflowStack) -> None:
    stack.compose("--profile=training", WITH_FEAST, "build")
    stack.compose("up", "--detach", "--wait", *SERVICES)
    program = ("python", "-m", "training.sample", "--shape=synthetic", "--rows=6000", "--weeks=26")
    stack.run_training(*program)
    stack.run_training("python", "-m", "training.preprocess", "--run-id=first")
    stack.run_training("python", "-m", "training.train", "--trees=5", "--promote=always")


@pytest.fixture(scope="module")
def airflow(stack: AirflowStack) -> Iterator[AirflowClient]:
    """The REST interface; only the preprocessing runs."""
    client = AirflowClient(stack.airflow_port)
    when_read(client, PREPROCESSING, TRAINING, MONITORING, PROPOSALS, FEATURE_STORE)
    client.unpause(PREPROCESSING)
    yield client
    client.close()


def model(stack: AirflowStack) -> dict[str, Any]:
    """What the API says of the model and the snapshot that it serves."""
    found: dict[str, Any] = httpx2.get(f"{stack.url('api')}/quantity/model").json()
    return found


def served_when_it_is(stack: AirflowStack, publication: str) -> int:
    """The served snapshot's number, once the API has the publication."""
    wait_until(lambda: model(stack)["features"]["publication"] == publication, f"the API serves {publication}")
    number: int = model(stack)["features"]["snapshot_id"]
    return number


def published(stack: AirflowStack) -> tuple[int, str, str]:
    """Number, run and publication of the published snapshot."""
    number, run_id, publication = stack.sql("SELECT snapshot_id, run_id, publication FROM published_snapshot").split()
    return int(number), run_id, publication


def checksums(stack: AirflowStack) -> str:
    """Checksums of the published tables, those of the history's parts among them: the view has none."""
    parts = stack.sql("SELECT GROUP_CONCAT('features_part_', part ORDER BY part) FROM feature_parts")
    return stack.sql(f"CHECKSUM TABLE {parts}, {TABLES}")


def triggered(airflow: AirflowClient) -> list[str]:
    """The training runs that verified features started."""
    return [run["dag_run_id"] for run in airflow.runs(TRAINING) if run["run_type"] == "asset_triggered"]


@contextmanager
def changed(stack: AirflowStack, change: str, back: str) -> Iterator[None]:
    """Raw tables with a change, which is undone at the end."""
    stack.sql(f"UPDATE fact_order_items SET {change}")
    try:
        yield
    finally:
        stack.sql(f"UPDATE fact_order_items SET {back}")


def test_a_run_publishes_a_snapshot_that_the_api_serves(stack: AirflowStack, airflow: AirflowClient) -> None:
    before, _, _ = published(stack)
    run = airflow.trigger(PREPROCESSING)
    assert (run.state, run.tasks) == ("success", ALL_GOOD), run.logs
    number, run_id, publication = published(stack)
    assert (number, run_id) == (before + 1, run.run_id)
    assert served_when_it_is(stack, publication) == number
    assert f"run {run.run_id}, database" in run.logs["publish_features"]
    assert "ok     fact_order_items: rows" in run.logs["check_raw_tables"]


def test_triggering_twice_leaves_the_same_tables(stack: AirflowStack, airflow: AirflowClient) -> None:
    assert airflow.trigger(PREPROCESSING).state == "success"
    first = checksums(stack)
    assert "NULL" not in first
    assert airflow.trigger(PREPROCESSING).state == "success"
    assert checksums(stack) == first


def test_a_broken_raw_table_fails_the_run_and_the_old_snapshot_stays(
    stack: AirflowStack, airflow: AirflowClient
) -> None:
    before = published(stack), checksums(stack)
    with changed(stack, "quantity = -quantity WHERE line <= 3", "quantity = -quantity WHERE line <= 3"):
        run = airflow.trigger(PREPROCESSING)
    assert run.state == "failed"
    assert run.tasks == {
        "take_in_orders": "success",
        "check_raw_tables": "failed",
        "publish_features": "upstream_failed",
        "verify_snapshot": "upstream_failed",
        "report_refused_files": "upstream_failed",
    }
    fault = "raw_checks: fact_order_items: quantity: 3 rows without a quantity of at least 1 (line 1, 2, 3)"
    assert fault in run.logs["check_raw_tables"].splitlines()
    assert (published(stack), checksums(stack)) == before
    assert served_when_it_is(stack, before[0][2]) == before[0][0]


def test_orders_of_stores_that_are_nowhere_fail_the_run(stack: AirflowStack, airflow: AirflowClient) -> None:
    before = published(stack)
    shift = 1_000_000
    with changed(stack, f"store_id = store_id + {shift}", f"store_id = store_id - {shift}"):
        run = airflow.trigger(PREPROCESSING)
    assert run.tasks["check_raw_tables"] == "failed"
    assert "raw_checks: fact_order_items: store_id in dim_store: 6,000 lines (100.0%)" in run.logs["check_raw_tables"]
    assert published(stack) == before


def test_a_snapshot_that_changed_too_much_is_rolled_back(stack: AirflowStack, airflow: AirflowClient) -> None:
    (number, first_run, _), tables = published(stack), checksums(stack)
    with changed(stack, "quantity = quantity * 10", "quantity = quantity DIV 10"):
        run = airflow.trigger(PREPROCESSING)
    assert run.tasks == ALL_GOOD | {"verify_snapshot": "failed", "report_refused_files": "upstream_failed"}
    last = run.logs["verify_snapshot"]
    assert f"snapshot_checks: rolled back to snapshot {number} of run {first_run}" in last
    assert published(stack)[:2] == (number, first_run)
    assert checksums(stack) == tables
    assert served_when_it_is(stack, published(stack)[2]) == number


def test_files_that_come_are_taken_in_and_moved_and_a_refused_one_turns_the_run_red(
    stack: AirflowStack, airflow: AirflowClient
) -> None:
    number, _, _ = published(stack)
    lines = int(stack.sql("SELECT COUNT(*) FROM fact_order_items"))
    day = stack.sql("SELECT MAX(checkout_date) FROM fact_order_items")
    incoming = stack.data / "incoming"
    header = (stack.data / "data_order.csv").read_text(encoding="utf-8").partition("\n")[0]
    (incoming / "new.csv").write_text(f"{header}\n900000001,1,1,1001,10011,12,999,{day}\n", encoding="utf-8")
    (incoming / "bad.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    run = airflow.trigger(PREPROCESSING)

    assert run.state == "failed"
    assert run.tasks == ALL_GOOD | {"take_in_orders": "failed", "report_refused_files": "upstream_failed"}, run.logs
    assert "bad.csv: columns ORDER_ID, STORE_ID" in run.logs["take_in_orders"]
    assert int(stack.sql("SELECT COUNT(*) FROM fact_order_items")) == lines + 1
    assert published(stack)[0] > number
    assert (incoming / "done" / "new.csv").exists()
    for refused in (incoming / "refused").iterdir():
        refused.unlink()
    assert airflow.trigger(PREPROCESSING).state == "success"


def test_a_verified_snapshot_starts_a_training_that_the_gate_decides_on(
    stack: AirflowStack, airflow: AirflowClient
) -> None:
    airflow.unpause(TRAINING)
    assert airflow.trigger(PREPROCESSING).state == "success"
    wait_until(lambda: bool(triggered(airflow)), "the training has begun")
    run = airflow.finish(TRAINING, triggered(airflow)[0])
    assert run.state == "success", run.logs
    verdict = re.search(
        r"version (\d+) of quantity is (now|registered, not) champion", run.logs["train_compare_promote"]
    )
    assert verdict is not None, run.logs
    version, promoted = verdict[1], verdict[2] == "now"
    wait_until(lambda: (model(stack)["version"] == version) is promoted, f"the API follows the gate on {version}")


def test_the_answers_are_scored_after_it(airflow: AirflowClient) -> None:
    airflow.unpause(MONITORING)
    run = airflow.trigger(MONITORING)
    assert run.state == "success", run.logs
    assert set(run.tasks) == {"score_answers", "replay_orders", "compare_features", "propose_ranges"}
    assert "stays as it is" in run.logs["propose_ranges"]


def test_orders_are_proposed_by_the_champion_from_it(stack: AirflowStack, airflow: AirflowClient) -> None:
    airflow.unpause(PROPOSALS)
    run = airflow.trigger(PROPOSALS)
    assert (run.state, run.tasks) == ("success", {"propose_orders": "success"}), run.logs
    row = stack.sql(
        "SELECT checkout_date, store_id, product_id, quantity, typical, low, high, snapshot_id, "
        "(SELECT snapshot_id FROM published_snapshot) FROM proposed_orders LIMIT 1"
    )
    date, store, product, *numbers, proposed_from, published_now = row.split()
    assert proposed_from == published_now
    served_when_it_is(stack, published(stack)[2])
    asked = {"input": [{"store_id": int(store), "product_id": int(product)}], "date": date}
    (item,) = httpx2.post(f"{stack.url('api')}/quantity/predict", json=asked).json()["items"]
    assert [item[name] for name in ("quantity", "typical", "low", "high")] == [int(number) for number in numbers]


def test_features_go_into_redis_from_a_task_and_from_the_profile_s_containers(
    stack: AirflowStack, airflow: AirflowClient
) -> None:
    stack.compose(WITH_FEAST, "up", "--detach", "--wait", "redis")
    airflow.unpause(FEATURE_STORE)
    run = airflow.trigger(FEATURE_STORE)
    assert run.state == "success", run.logs
    assert "and the latest state" in run.logs["export_features"]
    # The same files, by another container.
    stack.compose(WITH_FEAST, "up", "--detach", "--wait", "feast")
    assert "written, 0 as they were" not in stack.compose(WITH_FEAST, "logs", "feature-export")
    pair = stack.sql("SELECT store_id, product_id, cnt_store_product FROM latest_store_product LIMIT 1")
    store_id, product_id, orders = pair.split()
    assert stack.python("feast", ASK_FEAST.format(store_id, product_id)) == orders
    assert "Feast" in httpx2.get(stack.url("feast")).text


def test_every_module_that_tasks_may_use_can_be_imported(stack: AirflowStack) -> None:
    program = ("/opt/quantity/bin/python", "-c", IMPORT_EVERY_MODULE, "quantity", "training")
    stack.compose("exec", "--no-TTY", "--workdir=/tmp", "airflow-scheduler", *program)


def test_plain_commands_leave_airflow_alone_and_do_not_offer_to_remove_it(stack: AirflowStack) -> None:
    before = stack.containers()
    said = [
        stack.compose_messages("up", "--detach", "--wait", "api"),
        stack.compose_messages("ps"),
        stack.compose_messages("run", "--rm", "--no-TTY", "training", "true"),
    ]
    assert stack.containers() == before

    # The last test: what it removes does not come back.
    said.append(stack.compose_messages("--profile=training", "down"))
    assert "orphan" not in "".join(said).lower()
    assert stack.states("api") == stack.states("mysql") == []
    for service in (*AIRFLOW, "postgres"):
        (state,) = stack.states(service)
        assert state["State"]["Running"], service
