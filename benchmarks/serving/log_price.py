"""What the prediction log costs: the same service with the log on and off, in turn."""

from __future__ import annotations

import math
import shutil
import sqlite3
import statistics
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
from benchmarks.serving.throughput import WARM_UP_SECONDS, Contender
from quantity.db.monitoring_tables import predictions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from api.serving.memory import ActivePair
    from benchmarks.serving.throughput import Bodies
    from quantity.settings import Settings
    from training.phases import Phases

LEAST_SHARE = 0.97
"""The goal: the rate with the log, as a share of the rate without."""

ON, OFF = "log on", "log off"
IN_TURN = (ON, OFF, OFF, ON)
"""Both stand at the same moment on average, so what the machine does meanwhile cancels out."""

LOGGED, LOST = "quantity_logged_pairs_total", "quantity_log_lost_pairs_total"


@dataclass(frozen=True)
class Ratios:
    """The rate with the log as a share of that without, of one number of pairs.

    Attributes:
        pairs: a request.
        each: of each start.
    """

    pairs: int
    each: Sequence[float]

    @property
    def mean(self) -> float:
        """The geometric mean."""
        return statistics.geometric_mean(self.each)

    @property
    def error(self) -> float:
        """The mean's standard error; not a number of a single start."""
        if len(self.each) == 1:
            return math.nan
        return statistics.stdev(map(math.log, self.each)) / math.sqrt(len(self.each)) * self.mean


@dataclass(frozen=True)
class LogPrice:
    """What was measured.

    Attributes:
        ratios: with few pairs a request and with many.
        logged_pairs: by all requests to the service with the log.
        lost_pairs: of these requests.
        segment_bytes: that the logged pairs take on the disk.
    """

    ratios: Sequence[Ratios]
    logged_pairs: int
    lost_pairs: int
    segment_bytes: int


@dataclass(frozen=True)
class _Start:
    """What one pair of processes did: a ratio for each number of pairs, and the counts of the one with the log."""

    ratios: Sequence[float]
    logged_pairs: int
    lost_pairs: int
    segment_bytes: int


def measure_log(
    settings: Settings, subject: ActivePair, folder: Path, *, rounds: int, seconds: int, phases: Phases
) -> LogPrice:
    """Start both services and load them in turn, again and again.

    Two processes of the same program differ by some percent for as long as they live, by where their memory lies; so
    each round has new ones. What is logged stays in a folder of its own. It is not shipped: that is another process's
    work, and would go on while the other service is measured.

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
    phases.start("start and load them", rounds)
    starts = []
    for number in range(rounds):
        # Whoever is started first has other memory; so they take turns.
        order = (ON, OFF) if number % 2 else (OFF, ON)
        starts.append(_start(settings, bodies, folder / str(number), order, seconds))
        phases.advance()
    return LogPrice(
        [Ratios(asked.pairs, [start.ratios[place] for start in starts]) for place, asked in enumerate(bodies)],
        *(sum(getattr(start, name) for start in starts) for name in ("logged_pairs", "lost_pairs", "segment_bytes")),
    )


def _start(settings: Settings, bodies: Sequence[Bodies], folder: Path, order: Sequence[str], seconds: int) -> _Start:
    """Load two new processes, one with the log and one without."""
    folder.mkdir()
    with ExitStack() as servers:
        ports = {}
        for name in order:
            share = "1" if name == ON else "0"
            environment = _environment(settings, folder / name) | {"PREDICTION_LOG_SHARE": share}
            ports[name] = servers.enter_context(running(replace(service(environment), name=name), folder)).port
        ratios = [_ratio(ports, asked, seconds) for asked in bodies]
        metrics = _metrics(ports[ON])
    segments = log_folder(settings.model_copy(update={"local_dir": folder / ON})).iterdir()
    size = sum(path.stat().st_size for path in segments)
    shutil.rmtree(folder)
    return _Start(ratios, metrics[LOGGED], metrics[LOST], size)


def _ratio(ports: Mapping[str, int], asked: Bodies, seconds: int) -> float:
    contenders = {name: Contender(name, port, ENDPOINT, asked) for name, port in ports.items()}
    for contender in contenders.values():
        contender.check()
        contender.run(WARM_UP_SECONDS)
    rates = dict.fromkeys(ports, 0.0)
    for name in IN_TURN:
        rates[name] += contenders[name].run(seconds).per_second
    return rates[ON] / rates[OFF]


def log_table(price: LogPrice) -> Table:
    """The ratios of all starts."""
    table = Table("pairs", "mean", "standard error", "least", "greatest", title="The rate with the prediction log")
    for of in price.ratios:
        numbers = (of.mean, of.error, min(of.each), max(of.each))
        table.add_row(str(of.pairs), *(f"{number:.3f}" for number in numbers))
    return table


def log_findings(price: LogPrice) -> list[Finding]:
    """The goal, and what was reached."""
    found = []
    for of in price.ratios:
        value = f"{of.mean:.3f} ± {of.error:.3f} of {len(of.each)} starts"
        what = f"{of.pairs} pairs, rate with the prediction log as a share of that without"
        found.append(Finding(what, value, f"≥ {LEAST_SHARE:.2f}", of.mean >= LEAST_SHARE))
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
