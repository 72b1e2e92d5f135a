"""What the prediction log costs: one service with its log on and off, in turn."""

from __future__ import annotations

import math
import shutil
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.table import Table
from scipy.stats import mstats

from api.prediction_log.folder import log_folder
from benchmarks.serving.client import Client
from benchmarks.serving.contest import ENDPOINT, FEW, MANY, MOST_A_SECOND, pair_bodies
from benchmarks.serving.errors import MissingError
from benchmarks.serving.programs import service
from benchmarks.serving.report import Finding
from benchmarks.serving.switched_log import OFF, ON, Switch
from benchmarks.serving.throughput import WARM_UP_SECONDS, Contender
from local_servers.programs import running
from local_servers.waiting import wait_until
from quantity.db.monitoring_tables import predictions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from api.serving.memory import ActivePair
    from benchmarks.serving.throughput import Bodies
    from quantity.settings import Settings
    from training.phases import Phases

LEAST_SHARE = 0.97
"""The goal: the rate with the log, as a share of the rate without."""

BLOCK = (ON, OFF, OFF, ON)
"""Both stand at the same moment on average, so what the machine does meanwhile cancels out."""

SETTLE_SECONDS, COUNTED_SECONDS = 0.15, 0.3
"""After a switch, the log's thread writes what came before it for a tenth of a second. Then requests are counted, for a
moment only: a shared machine is slow for seconds at a time."""

LOAD_SECONDS = 60
"""So long is a service loaded, with each number of pairs."""

TRIMMED = 0.1
"""The share of the ratios that is left out at each end: those of moments when the machine was slow for a part."""

LOGGED, LOST = "quantity_logged_pairs_total", "quantity_log_lost_pairs_total"


@dataclass(frozen=True)
class Ratios:
    """The rate with the log as a share of that without, of one number of pairs.

    Attributes:
        pairs: a request.
        each: of each block.
    """

    pairs: int
    each: Sequence[float]

    @property
    def mean(self) -> float:
        """The geometric mean, trimmed."""
        return math.exp(mstats.trimmed_mean(self._logs, (TRIMMED, TRIMMED)))

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return self.mean * float(mstats.trimmed_stde(self._logs, (TRIMMED, TRIMMED)))

    @property
    def _logs(self) -> list[float]:
        return [math.log(ratio) for ratio in self.each]


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
    """What one process did.

    Attributes:
        ratios: of each block, for each number of pairs.
        counts: logged pairs, lost pairs, and bytes of segments.
    """

    ratios: Sequence[Sequence[float]]
    counts: tuple[int, int, int]


def measure_log(settings: Settings, subject: ActivePair, folder: Path, *, starts: int, phases: Phases) -> LogPrice:
    """Start the service, and load it with its log on and off in turn; and again.

    What is logged stays in a folder of its own. It is not shipped: that is another process's work, and would go on
    while the log is off.

    Raises:
        MissingError: the tables are on a MySQL server, which the answers would be shipped to.
        ProgramEndedError: the service did not start.
        MeasurementError: a request failed.
    """
    if settings.mysql_host is not None:
        raise MissingError("the log is measured on tables in SQLite: leave MYSQL_HOST empty")
    phases.start("make the requests", len(MOST_A_SECOND))
    bodies = [pair_bodies(subject.snapshot.features, folder, n, MOST_A_SECOND[n], phases) for n in (FEW, MANY)]
    phases.start("log on and off", starts * len(bodies))
    done = [_start(settings, bodies, folder / str(number), phases) for number in range(starts)]
    return LogPrice(
        [
            Ratios(asked.pairs, [ratio for start in done for ratio in start.ratios[place]])
            for place, asked in enumerate(bodies)
        ],
        *(sum(start.counts[place] for start in done) for place in range(3)),
    )


def _start(settings: Settings, bodies: Sequence[Bodies], folder: Path, phases: Phases) -> _Start:
    folder.mkdir()
    environment = _environment(settings, folder) | {"PREDICTION_LOG_SHARE": "1"}
    marks = folder / "marks"
    command = (sys.executable, "-m", "benchmarks.serving.switched_log", str(marks))
    with running(replace(service(environment), command=command), folder) as server:
        switch, ratios = Switch(server.pid, marks), []
        for asked in bodies:
            ratios.append(_ratios(switch, Contender("service", server.port, ENDPOINT, asked)))
            phases.advance()
        logged, lost = _metrics(server.port)
    size = sum(path.stat().st_size for path in log_folder(settings.model_copy(update={"local_dir": folder})).iterdir())
    shutil.rmtree(folder)
    return _Start(ratios, (logged, lost, size))


def _ratios(switch: Switch, contender: Contender) -> list[float]:
    contender.check()
    contender.run(WARM_UP_SECONDS)
    before, ratios = switch.to(ON), []
    with ThreadPoolExecutor(1) as thread:
        load = thread.submit(contender.run, LOAD_SECONDS)
        # The load generator reads the bodies first.
        wait_until(lambda: load.done() or switch.to(ON).requests > before.requests, "the service is loaded")
        end = time.monotonic() + LOAD_SECONDS - len(BLOCK) * (SETTLE_SECONDS + COUNTED_SECONDS)
        while not load.done() and time.monotonic() < end:
            ratios.append(_ratio(switch))
    load.result()
    return ratios


def _ratio(switch: Switch) -> float:
    requests, seconds = {ON: 0, OFF: 0}, {ON: 0.0, OFF: 0.0}
    for state in BLOCK:
        switch.to(state)
        time.sleep(SETTLE_SECONDS)
        first = switch.to(state)
        time.sleep(COUNTED_SECONDS)
        last = switch.to(state)
        requests[state] += last.requests - first.requests
        seconds[state] += last.seconds - first.seconds
    return requests[ON] / seconds[ON] / (requests[OFF] / seconds[OFF])


def log_table(price: LogPrice) -> Table:
    """The ratios of all blocks."""
    table = Table("pairs", "mean", "standard error", "least", "greatest", title="The rate with the prediction log")
    for of in price.ratios:
        numbers = (of.mean, of.error, min(of.each), max(of.each))
        table.add_row(str(of.pairs), *(f"{number:.3f}" for number in numbers))
    return table


def log_findings(price: LogPrice) -> list[Finding]:
    """The goal, and what was reached."""
    found = []
    for of in price.ratios:
        value = f"{of.mean:.3f} ± {of.error:.3f}, {len(of.each)} ratios"
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
    copy = local / "mlops.db"
    shutil.copyfile(settings.local_dir / "mlops.db", copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute(f"DROP TABLE IF EXISTS {predictions.name}")
    return {"MLFLOW_TRACKING_URI": settings.tracking_uri, "LOCAL_DIR": str(local)}


def _metrics(port: int) -> tuple[int, int]:
    """Pairs that the service has logged, and that it has lost."""
    client = Client(port)
    lines = client.get("/metrics").decode().splitlines()
    client.close()
    series = [line.rsplit(" ", 1) for line in lines]
    logged, lost = (
        sum(int(float(value)) for key, value in series if key.split("{")[0] == name) for name in (LOGGED, LOST)
    )
    return logged, lost
