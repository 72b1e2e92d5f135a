"""One trained stack for all end-to-end tests; its logs stand in the report of a test that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pandas as pd
import pytest

from tests.support.containers.container_waiting import wait_until
from tests.support.containers.lifecycle import running
from tests.support.containers.server_answers import publication
from tests.support.containers.stack import Stack, StackError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

SERVICES = ("mysql", "mlflow", "api", "prometheus")
KNOWN_PAIRS = 20


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the containers' logs to the report of a failure."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(stack, Stack):
        report.sections.append(("docker compose logs", stack.logs()))
    return report


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running stack with a champion trained on a cut of the real data; nothing of it is left at the end."""
    with running(lambda: Stack(tmp_path_factory.mktemp("stack")), _start_and_train, "make e2e") as stack:
        yield stack


def _start_and_train(stack: Stack) -> None:
    stack.compose("--profile=training", "build")
    stack.compose("up", "--detach", "--wait", *SERVICES)
    stack.run_training("python", "-m", "training.sample", "--weeks=12", "--stores=20")
    stack.run_training("python", "-m", "training.preprocess")
    # So few orders may well be too few to beat the baselines; here it only matters that there is a model.
    stack.run_training("python", "-m", "training.train", "--trees=10", "--promote=always")
    stack.wait_until_ready()


@pytest.fixture
def default_data(stack: Stack, tmp_path: Path) -> Iterator[Stack]:
    """The stack with the features of the default data, instead of those of a cut of them, until the test ends."""
    folder = {"DATA_DIR": str(tmp_path)}
    stack.run_training("python", "-m", "training.sample", variables=folder)
    _publish(stack, folder)
    yield stack
    _publish(stack, {})


def _publish(stack: Stack, variables: dict[str, str]) -> None:
    before = publication(stack)
    stack.run_training("python", "-m", "training.preprocess", variables=variables)
    wait_until(lambda: publication(stack) != before, "the API has picked up the snapshot")


@pytest.fixture(scope="session")
def orders(stack: Stack) -> pd.DataFrame:
    """The order lines that the champion was trained on."""
    return pd.read_csv(stack.data / "data_order.csv")


@pytest.fixture(scope="session")
def request_body(orders: pd.DataFrame) -> dict[str, Any]:
    """A request with the pairs ordered most, a pair never ordered, an unknown product and an unknown store."""
    lines = orders.groupby(["STORE_ID", "PRODUCT_ID"]).size().sort_values(ascending=False, kind="stable")
    known = [(int(store), int(product)) for store, product in lines.index[:KNOWN_PAIRS]]
    store = int(orders["STORE_ID"].iloc[0])
    never = sorted(set(orders["PRODUCT_ID"]) - set(orders["PRODUCT_ID"][orders["STORE_ID"] == store]))
    pairs = [*known, (store, int(never[0])), (store, 2**31 - 1), (2**31 - 1, known[0][1])]
    return {"input": [{"store_id": store, "product_id": product} for store, product in pairs], "date": "2018-01-13"}


@pytest.fixture
def api(stack: Stack) -> Iterator[httpx2.Client]:
    """A client of the API's first instance."""
    with httpx2.Client(base_url=stack.url("api")) as client:
        yield client


@pytest.fixture
def prometheus(stack: Stack) -> Iterator[httpx2.Client]:
    """A client of Prometheus's API."""
    with httpx2.Client(base_url=f"{stack.url('prometheus')}/api/v1") as client:
        yield client


@pytest.fixture(scope="session")
def grafana(stack: Stack) -> Iterator[httpx2.Client]:
    """A client of Grafana, logged in as the documentation says; skipped where its image cannot be had."""
    try:
        stack.compose("pull", "--quiet", "grafana")
    except StackError as error:
        pytest.skip(f"Grafana's image cannot be had: {str(error).strip().splitlines()[-1]}")
    stack.compose("up", "--detach", "--wait", "grafana")
    with httpx2.Client(base_url=stack.url("grafana"), auth=("admin", "pass@123")) as client:
        yield client
