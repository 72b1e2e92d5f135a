"""The prediction log under load, kill -9 and on a full disk: each answered pair is in it once, or counted as lost."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import func, select

from api.prediction_log.folder import log_folder
from api.prediction_log.sampling import is_logged
from local_servers.waiting import wait_until
from quantity.db.engine import connect
from quantity.db.monitoring_tables import predictions
from tests.support.api.logged_pairs import logged_pairs
from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import Load
from tests.support.faults.named_requests import Asker
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch
from tests.support.faults.small_disk import filled

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Select

    from quantity.settings import Settings
    from tests.support.faults.real_servers import Plant

ANSWERED, LOGGED, SAMPLED_OUT, LOST = (
    "quantity_predictions_total",
    "quantity_logged_pairs_total",
    "quantity_log_sampled_out_pairs_total",
    "quantity_log_lost_pairs_total",
)
SIZES = {len(body["input"]) for body in BODIES.values()}  # type: ignore[arg-type]
NEVER_POLLS = 3600.0
"""The loader looks once, when nothing is logged yet: segments stay where they are."""
SECONDS = 90.0


def total(watch: Watch, name: str) -> float:
    """The sum of a metric's series."""
    return sum(sample.value for family in watch.families() for sample in family.samples if sample.name == name)


def is_settled(watch: Watch) -> bool:
    """Whether each answered pair is logged, sampled out or lost."""
    return total(watch, LOGGED) + total(watch, SAMPLED_OUT) + total(watch, LOST) == total(watch, ANSWERED)


def select_from_table(plant: Plant, statement: Select[Any]) -> list[Any]:
    engine = connect(plant.database_url)
    try:
        with engine.connect() as connection:
            return list(connection.execute(statement))
    finally:
        engine.dispose()


def rows_by_request(plant: Plant, name: str) -> dict[str, int]:
    """How many rows the table has of each request whose id begins so: other services log to it too."""
    column = predictions.c.request_id
    counted = select(column, func.count()).where(column.startswith(name)).group_by(column)
    return dict(select_from_table(plant, counted))


def with_small_disk(plant: Plant, folder: str, disk: Path) -> Settings:
    """Settings of a service that keeps all answers on this disk, and ships none."""
    return plant.settings(folder, prediction_log_share=1.0, local_dir=disk, api_poll_seconds=NEVER_POLLS)


@pytest.mark.parametrize("heir", ["the same service", "another service"])
def test_what_a_killed_service_had_written_is_in_the_table_once(plant: Plant, heir: str) -> None:
    settings, name = plant.settings(f"killed, {heir}", prediction_log_share=1.0), f"heir-{len(heir)}"
    with running_process(settings) as killed, ExitStack() as heirs:
        if heir == "another service":
            heirs.enter_context(running_process(settings))
        watch, asker = Watch(killed), Asker(killed, f"{name}-named")
        watch.wait_for(plant.champion, plant.publication)
        asker.ask(50)
        wait_until(lambda: is_settled(watch), "all is written", SECONDS)
        with Load(killed.port, BODIES, plant.right, name=name) as load:
            load.wait_for_more()
            written = total(watch, LOGGED)
            load.ending = True
            os.kill(killed.process.pid, signal.SIGKILL)
        killed.process.wait()
        if heir == "the same service":
            heirs.enter_context(running_process(settings))
        wait_until(lambda: list(log_folder(settings).iterdir()) == [], "all segments are shipped", SECONDS)

    rows = rows_by_request(plant, name)
    assert {asked: rows.get(asked) for asked in asker.answered} == asker.answered
    assert sum(rows.values()) >= written > asker.pairs
    assert set(rows.values()) <= SIZES
    assert len(rows) <= load.sent + len(asker.answered)
    assert load.failures == []


def test_under_load_each_pair_is_logged_sampled_out_or_lost(plant: Plant) -> None:
    settings, name = plant.settings("load", prediction_log_share=0.5), "under-load"
    with running_process(settings) as process:
        watch = Watch(process)
        watch.wait_for(plant.champion, plant.publication)
        with Load(process.port, BODIES, plant.right, name=name) as load:
            load.wait_for_more(400)
        wait_until(lambda: is_settled(watch), "all is counted", SECONDS)
        logged = total(watch, LOGGED)
        wait_until(lambda: sum(rows_by_request(plant, name).values()) >= logged, "all is shipped", SECONDS)

        assert load.failures == []
        assert min(logged, total(watch, SAMPLED_OUT)) > 0
    columns = predictions.c.store_id, predictions.c.product_id
    pairs = select_from_table(plant, select(*columns).where(predictions.c.request_id.startswith(name)))
    store_id, product_id = np.array(pairs).T
    assert len(pairs) == logged
    assert is_logged(store_id, product_id, settings.prediction_log_share).all()


def test_what_finds_the_disk_full_is_written_when_there_is_room(plant: Plant, small_disk: Path) -> None:
    settings = plant.settings(
        "full disk, log", prediction_log_share=1.0, local_dir=small_disk, api_poll_seconds=NEVER_POLLS
    )
    with running_process(settings) as process:
        watch, asker = Watch(process), Asker(process, "full", "large")
        watch.wait_for(plant.champion, plant.publication)
        asker.ask(5)
        wait_until(lambda: is_settled(watch), "all is written", SECONDS)
        with filled(small_disk):
            asker.ask(5)
            process.wait_for_messages("predictions not logged")
            asker.ask(5)
            assert total(watch, LOGGED) < asker.pairs
            assert total(watch, LOST) == 0
        wait_until(lambda: total(watch, LOGGED) == asker.pairs, "all is written in the end", SECONDS)
        process.terminate()
        process.wait_for_end()

    assert Counter(pair.request_id for pair in logged_pairs(log_folder(settings))) == asker.answered


def test_what_a_full_disk_has_not_taken_at_the_end_is_told(plant: Plant, small_disk: Path) -> None:
    settings = plant.settings(
        "full disk, end", prediction_log_share=1.0, local_dir=small_disk, api_poll_seconds=NEVER_POLLS
    )
    with running_process(settings) as process:
        watch, asker = Watch(process), Asker(process, "ended", "large")
        watch.wait_for(plant.champion, plant.publication)
        asker.ask(5)
        wait_until(lambda: is_settled(watch), "all is written", SECONDS)
        with filled(small_disk):
            asker.ask(5)
            process.terminate()
            process.wait_for_end()
        (told,) = watch.lines("predictions lost")

    rows = Counter(pair.request_id for pair in logged_pairs(log_folder(settings)))
    assert rows.items() <= asker.answered.items()
    assert rows.total() + told["pairs"] == asker.pairs
    assert rows.total() >= asker.pairs // 2
