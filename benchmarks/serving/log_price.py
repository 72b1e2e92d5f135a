"""What the prediction log costs: the same service with the log on and off, in turn."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.table import Table

from api.prediction_log.folder import log_folder
from benchmarks.serving.client import Client
from benchmarks.serving.contest import ENDPOINT, FEW, MANY, MOST_A_SECOND, pair_bodies
from benchmarks.serving.errors import MissingError
from benchmarks.serving.programs import running, service
from benchmarks.serving.report import Finding
from benchmarks.serving.spread import Spread
from benchmarks.serving.throughput import Contender, run_rounds
from quantity.db.monitoring_tables import predictions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from api.serving.memory import ActivePair
    from quantity.settings import Settings
    from training.phases import Phases

LEAST_SHARE = 0.97
"""The goal: the rate with the log, as a share of the rate without."""

ON, OFF = "log on", "log off"
LOGGED, LOST = "quantity_logged_pairs_total", "quantity_log_lost_pairs_total"


@dataclass(frozen=True)
class LogPrice:
    """What was measured.

    Attributes:
        contenders: with the log and without, with few pairs a request and with many.
        logged_pairs: by all requests to the service with the log.
        lost_pairs: of these requests.
        segment_bytes: that the logged pairs take on the disk.
    """

    contenders: Sequence[Contender]
    logged_pairs: int
    lost_pairs: int
    segment_bytes: int

    def rates(self, name: str, pairs: int) -> list[float]:
        """Requests a second in each round."""
        (found,) = (one for one in self.contenders if (one.name, one.bodies.pairs) == (name, pairs))
        return [done.per_second for done in found.rounds]

    def share(self, pairs: int) -> Spread:
        """The rate with the log as a share of the rate without."""
        return Spread.of_ratios(self.rates(ON, pairs), self.rates(OFF, pairs))


def measure_log(
    settings: Settings, subject: ActivePair, folder: Path, *, rounds: int, seconds: int, phases: Phases
) -> LogPrice:
    """Start both services and load them in turn.

    What is logged stays in a folder of its own. It is not shipped: that is another process's work, and would go on
    while the other service is measured.

    Raises:
        MissingError: the tables are on a MySQL server, which the answers would be shipped to.
        MeasurementError: a service did not start, or a request failed.
    """
    if settings.mysql_host is not None:
        raise MissingError("the log is measured on tables in SQLite: leave MYSQL_HOST empty")
    phases.start("make the requests", len(MOST_A_SECOND))
    bodies = [
        pair_bodies(subject.snapshot.features, folder, n, MOST_A_SECOND[n] * seconds, phases) for n in (FEW, MANY)
    ]
    with ExitStack() as servers:
        phases.start("start the servers", 2)
        ports = {}
        for name, share in ((ON, 1), (OFF, 0)):
            environment = _environment(settings, folder / name) | {"PREDICTION_LOG_SHARE": str(share)}
            ports[name] = servers.enter_context(running(replace(service(environment), name=name), folder)).port
            phases.advance()
        contenders = [Contender(name, port, ENDPOINT, asked) for asked in bodies for name, port in ports.items()]
        run_rounds(contenders, rounds, seconds, phases)
        metrics = _metrics(ports[ON])
    segments = log_folder(settings.model_copy(update={"local_dir": folder / ON})).iterdir()
    return LogPrice(contenders, metrics[LOGGED], metrics[LOST], sum(path.stat().st_size for path in segments))


def log_table(price: LogPrice) -> Table:
    """The rates with and without the log."""
    table = Table("pairs", "log on, requests/s", "log off, requests/s", "ratio", title="The prediction log's price")
    for pairs in (FEW, MANY):
        rates = (Spread.of(price.rates(name, pairs)).text() for name in (ON, OFF))
        table.add_row(str(pairs), *rates, price.share(pairs).text(3))
    return table


def log_findings(price: LogPrice) -> list[Finding]:
    """The goal, and what was reached."""
    found = []
    for pairs in (FEW, MANY):
        share = price.share(pairs)
        on, off = (Spread.of(price.rates(name, pairs)).median for name in (ON, OFF))
        value = f"{share.text(3)}: {on:,.0f} of {off:,.0f} requests/s"
        what = f"{pairs} pairs, rate with the prediction log as a share of that without"
        found.append(Finding(what, value, f"≥ {LEAST_SHARE:.2f}", share.median >= LEAST_SHARE))
    counts = f"{price.logged_pairs:,} logged, {price.lost_pairs:,} lost"
    each = price.segment_bytes / price.logged_pairs
    return [
        *found,
        Finding("pairs in the prediction log", f"{counts}, {each:.0f} bytes each", "0 lost", not price.lost_pairs),
    ]


def _environment(settings: Settings, local: Path) -> dict[str, str]:
    """The champion as it is, and a copy of the tables without the one that answers are shipped to."""
    local.mkdir()
    copy = local / "mlops.db"
    shutil.copyfile(settings.local_dir / "mlops.db", copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {predictions.name}")
    return {"MLFLOW_TRACKING_URI": settings.tracking_uri, "LOCAL_DIR": str(local)}


def _metrics(port: int) -> dict[str, int]:
    """By name, the sum of a metric's series."""
    client = Client(port)
    lines = client.get("/metrics").decode().splitlines()
    client.close()
    series = [line.rsplit(" ", 1) for line in lines]
    return {
        name: sum(int(float(value)) for key, value in series if key.split("{")[0] == name) for name in (LOGGED, LOST)
    }
