"""What the loop costs: logged pairs shipped and scored, orders replayed by three versions, in seconds.

Run it with `make bench-outcomes` (OPTIONS="--orders 5000 --pairs 50000" for a quick one): generated orders, a real
model, tables in SQLite or, with ``--mariadb``, on a server started for it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import math
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import mlflow
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.prediction_log import Answers, log_and_ship
from local_servers.mysql_server import ServerMissingError, running_server
from quantity.db.engine import connect
from quantity.db.snapshots import published
from quantity.features.calendar import date_to_day
from quantity.features.compute import compute_features
from quantity.features.definitions import INPUTS
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.estimator import QuantityModel
from quantity.registry import CHALLENGER, set_champion, tag_version
from quantity.settings import Settings
from training.fit.tracking import log_model, prepare
from training.outcomes.replaying import replay
from training.outcomes.scoring import score_log
from training.phases import Phases
from training.publish.current_tables import ensure_current_tables
from training.publish.publishing import publish
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import URL, Engine

    from quantity.versions import Published

REPLAYED_DAYS = 35
WEEKS = 30
VERSIONS = 3
GOAL_SECONDS = 10.0
"""For 100,000 orders and three versions."""

ORDERED_SHARE = 0.3
"""Of the logged pairs."""


class Subject(NamedTuple):
    """What is measured on.

    Attributes:
        settings: of the database and the registry.
        engine: connections to the database.
        snapshot: the published one.
        orders: of the replayed days: ``store_id``, ``product_id``, ``checkout_date``.
    """

    settings: Settings
    engine: Engine
    snapshot: Published
    orders: pd.DataFrame


class Measured(NamedTuple):
    """How long something took.

    Attributes:
        what: was done.
        number: how many orders or pairs it was done to.
        seconds: wall time.
        cpu_seconds: of this process, on all cores; NaN where that was not measured.
    """

    what: str
    number: int
    seconds: float
    cpu_seconds: float = math.nan


def main() -> int:
    """Measure and print; the result is 1 where the goal is missed."""
    arguments = _parser().parse_args()
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    console = Console(width=110)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            server = stack.enter_context(running_server()) if arguments.mariadb else None
        except ServerMissingError as error:
            sys.stderr.write(f"outcomes: {error}\n")
            return 2
        database = stack.enter_context(server.database()) if server else None
        settings = _settings(folder, database)
        engine = connect(settings.database_url)
        stack.callback(engine.dispose)
        phases = stack.enter_context(Phases(console))
        subject = prepared(settings, engine, arguments.orders, phases)
        found = [*measured_scoring(subject, arguments.pairs, phases), measured_replay(subject, phases)]
    return report(found, console)


def prepared(settings: Settings, engine: Engine, orders: int, phases: Phases) -> Subject:
    """Publish generated orders, and register versions that have not seen those of the last days, so many."""
    phases.start("generate and publish orders", 1)
    raw = synthetic_tables(orders * WEEKS * 7 // REPLAYED_DAYS, weeks=WEEKS)
    features = compute_features(sum_order_lines(raw.order_items), derive_entities(raw))
    ensure_current_tables(engine)
    publish(engine, features, run_id="benchmark", order_rows=len(raw.order_items), raw=raw)
    snapshot = published(engine)
    assert snapshot is not None
    phases.advance()
    first = snapshot.as_of_date - dt.timedelta(days=REPLAYED_DAYS)
    is_new = (features.history["checkout_date"] >= pd.Timestamp(first)).to_numpy()
    phases.start("register versions", VERSIONS)
    register_versions(settings, features.history[~is_new], first, phases)
    return Subject(settings, engine, snapshot, features.history[is_new])


def register_versions(settings: Settings, history: pd.DataFrame, trained_until: dt.date, phases: Phases) -> None:
    """Register a champion and its challengers: one model, fitted to the orders before a day."""
    history = history.sort_values("checkout_date", kind="stable").tail(100_000)
    day = history["checkout_date"].to_numpy("datetime64[D]").astype(np.int64)
    model = QuantityModel().fit(history[list(INPUTS)], history["quantity"].to_numpy(), day)
    prepare(settings)
    for place in range(VERSIONS):
        with mlflow.start_run():
            mlflow.log_params({"trained_until": trained_until})
            info = log_model(model, history[list(INPUTS)], settings.model_name)
        number = str(info.registered_model_version)
        if place:
            tag_version(settings, number, {CHALLENGER: "true"})
        else:
            set_champion(settings, number, "for the benchmark")
        phases.advance()


def measured_scoring(subject: Subject, pairs: int, phases: Phases) -> Iterator[Measured]:
    """Log answers, ship them, and score them all."""
    phases.start("log and ship answers", 1)
    yield Measured("logged pairs shipped", pairs, log_and_ship(subject.settings, answers_to(subject, pairs)).seconds)
    phases.advance()
    spent = spent_by(lambda: score_log(subject.engine, subject.snapshot, phases))
    yield Measured("logged pairs scored", pairs, *spent)


def measured_replay(subject: Subject, phases: Phases) -> Measured:
    """Have all versions answer all orders of the days."""
    spent = spent_by(lambda: replay(subject.settings, subject.engine, subject.snapshot, REPLAYED_DAYS, phases))
    return Measured(f"orders replayed by {VERSIONS} versions", len(subject.orders), *spent)


def answers_to(subject: Subject, pairs: int) -> Answers:
    """Answers for the last days, of which a share was ordered."""
    rng = np.random.default_rng(0)
    ordered = subject.orders.iloc[rng.integers(0, len(subject.orders), pairs)]
    day = ordered["checkout_date"].to_numpy("datetime64[D]").astype(np.int64)
    any_day = date_to_day(subject.snapshot.as_of_date) - rng.integers(1, REPLAYED_DAYS + 1, pairs)
    day = np.where(rng.random(pairs) < ORDERED_SHARE, day, any_day)
    order = np.argsort(day, kind="stable")
    store_id, product_id = (ordered[name].to_numpy()[order] for name in ("store_id", "product_id"))
    return Answers(store_id, product_id, day[order], rng.integers(1, 50, pairs))


def spent_by(task: Callable[[], object]) -> tuple[float, float]:
    """Wall time and processor time of one call, in seconds."""
    began, cpu_began = time.perf_counter(), time.process_time()
    task()
    return time.perf_counter() - began, time.process_time() - cpu_began


def report(found: list[Measured], console: Console) -> int:
    """Print what was measured; the result is 1 where the replay took longer than its goal, by the number of orders."""
    table = Table("what", "number", "seconds", "a second", "CPU seconds")
    for one in found:
        rate = one.number / one.seconds
        table.add_row(one.what, f"{one.number:,}", f"{one.seconds:.1f}", f"{rate:,.0f}", f"{one.cpu_seconds:.1f}")
    console.print(table)
    console.print(
        f"peak memory, with the making of the data: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MiB"
    )
    replayed = found[-1]
    goal = GOAL_SECONDS * max(replayed.number / 100_000, 1)
    console.print(f"goal: {replayed.number:,} orders replayed in {goal:.0f} s")
    return int(replayed.seconds > goal)


def _settings(folder: Path, database: URL | None) -> Settings:
    values: dict[str, Any] = {"data_dir": folder / "data", "artifacts_dir": folder / "artifacts"}
    values |= {"local_dir": folder / "local", "mysql_host": None, "mlflow_tracking_uri": None}
    if database is not None:
        values |= {f"mysql_{part}": getattr(database, part) for part in ("host", "port", "password", "database")}
        values["mysql_user"] = database.username
    # No `.env` of the developer's.
    return Settings(_env_file=None, **values)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=100_000, help="to replay (default %(default)s)")
    parser.add_argument("--pairs", type=int, default=1_000_000, help="logged, to score (default %(default)s)")
    parser.add_argument("--mariadb", action="store_true", help="tables on a MariaDB server that is started for it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
