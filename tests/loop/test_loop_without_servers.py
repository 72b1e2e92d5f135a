"""The loop without any server: answers are kept, the orders that come score them, and the service tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, select

from local_servers.waiting import wait_until
from quantity.db.engine import connect
from quantity.db.monitoring_tables import ASKED, REPLAYED, prediction_outcomes, prediction_skew, predictions
from tests.support.api.service_process import running_process
from tests.support.models.trained_model import run_train
from tests.support.outcomes.cut_orders import CutOrders, expected_sums, items_of
from tests.support.settings import settings_for
from training import drift_report, preprocess, replay, score

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings
    from tests.support.api.service_process import Process

WINDOW = "28"


def publish(settings: Settings) -> None:
    assert preprocess.main([], settings) == preprocess.DONE


def run_the_night(settings: Settings) -> None:
    """What the DAG of monitoring runs."""
    publish(settings)
    assert score.main([], settings) == score.DONE
    assert replay.main([], settings) == replay.DONE
    assert drift_report.main([], settings) == drift_report.DONE


def sums(engine: Engine, source: str, names: list[str]) -> dict[str, int]:
    """The sums of all outcomes of a source."""
    columns = [func.coalesce(func.sum(prediction_outcomes.c[name]), 0).label(name) for name in names]
    with engine.connect() as connection:
        row = connection.execute(select(*columns).where(prediction_outcomes.c.source == source)).mappings().one()
    return {name: int(value) for name, value in row.items()}


def live(process: Process, name: str, **labels: str) -> float | None:
    """A metric of the service; None where it has no such series."""
    text = process.client.get("/metrics").text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return None


def ask(process: Process, orders: CutOrders) -> pd.DataFrame:
    """Ask for all pairs of the new days; the items."""
    answers = []
    for request in orders.requests():
        response = process.client.post("/quantity/predict", json=request)
        assert response.status_code == 200
        answers.append(items_of(request, response.json()))
    return pd.concat(answers, ignore_index=True)


def logged(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(predictions)) or 0


def skew(engine: Engine) -> tuple[int, int]:
    """How many answers were computed again, and how many of them differ for no reason."""
    columns = prediction_skew.c
    with engine.connect() as connection:
        found = connection.execute(select(func.sum(columns.compared), func.sum(columns.differing))).one()
    return int(found[0]), int(found[1])


def test_from_an_answer_to_what_came_of_it(tmp_path: Path) -> None:
    settings = settings_for(tmp_path).model_copy(update={"api_poll_seconds": 0.5, "skew_share": 1.0})
    orders = CutOrders(settings.data_dir)
    orders.deliver(with_new=False)
    publish(settings)
    run_train(settings)
    engine = connect(settings.database_url)

    with running_process(settings) as process:
        process.wait_for_messages("model in service", "snapshot in service")
        items = ask(process, orders)
        wait_until(lambda: logged(engine) == len(items), "every answered pair is in the database")

        orders.deliver(with_new=True)
        run_the_night(settings)
        expected = expected_sums(items, orders.ordered())
        assert sums(engine, ASKED, list(expected)) == expected
        replayed = sums(engine, REPLAYED, ["orders", "sum_quantity"])
        assert replayed == {"orders": len(orders.ordered()), "sum_quantity": int(orders.ordered()["ordered"].sum())}
        told = {"source": ASKED, "version": "1", "days": WINDOW}
        bias = expected["sum_error"] / expected["sum_quantity"]
        matched = expected["orders"] / expected["predicted"]
        assert 0.2 < matched < 0.9
        wait_until(
            lambda: (
                live(process, "quantity_live_bias", **told) == pytest.approx(bias)
                and live(process, "quantity_live_matched_ratio", **told) == pytest.approx(matched)
            ),
            "the service tells the bias",
        )
        compared, differing = skew(engine)
        assert compared > 100
        assert differing == 0

        # The shop corrects its orders: three times as many cases.
        orders.deliver(with_new=True, times=3)
        run_the_night(settings)
        tripled = expected_sums(items, orders.ordered(times=3))
        assert sums(engine, ASKED, list(tripled)) == tripled
        assert tripled["sum_error"] / tripled["sum_quantity"] < -0.5
        wait_until(
            lambda: (
                live(process, "quantity_live_bias", **told)
                == pytest.approx(tripled["sum_error"] / tripled["sum_quantity"])
            ),
            "the service tells the new bias",
        )
    engine.dispose()
