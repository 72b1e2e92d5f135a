"""Memory and loading time of the service with a million pairs, read from a MySQL server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.serving.million import LINES, million_pairs
from benchmarks.serving.programs import service
from benchmarks.serving.resident import INTERVAL_SECONDS, Resident, ResidentMemory
from local_servers.mysql_server import running_server
from local_servers.programs import running
from local_servers.waiting import wait_until
from quantity.db.engine import connect
from training.publish.building import Progress
from training.publish.publishing import publish

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

    from local_servers.programs import Running
    from quantity.features.compute import FeatureSet
    from quantity.settings import Settings
    from training.phases import Phases

LOAD_SECONDS = 120.0
LOADED, IN_SERVICE = "snapshot loaded", "snapshot in service"
"""What the loader says, then the service."""

ROWS_WORTH_A_BAR = 100_000


@dataclass(frozen=True)
class Memory:
    """What one life of the service with two snapshots takes.

    Attributes:
        pairs: how many the snapshots have.
        loads: seconds that the two took to load, as the service logs them.
        at_rest: resident with the first.
        load_peak: most that its own process had until then, in MB.
        swap_peak: most while the second replaced it.
        swap_seconds: how long it was nearer to that than to what it came back to.
        after: resident with the second.
    """

    pairs: int
    loads: list[float]
    at_rest: Resident
    load_peak: float
    swap_peak: Resident
    swap_seconds: float
    after: Resident


def measure_memory(settings: Settings, folder: Path, phases: Phases) -> Memory:
    """Publish, start the service, publish again.

    Raises:
        ServerMissingError: no MySQL or MariaDB server is installed.
        ProgramEndedError: the service did not start.
    """
    with running_server() as mysql, mysql.database() as url:
        features = million_pairs(phases)
        pairs = _publish(url, features, phases)
        with running(service(_environment(settings, url, folder)), folder) as server:
            return _watch(server, pairs, features, url, phases)


def _watch(server: Running, pairs: int, features: FeatureSet, url: URL, phases: Phases) -> Memory:
    with ResidentMemory(server.pid) as memory:
        phases.start("load the snapshot", 1)
        at_rest, load_peak = memory.at_rest(), memory.own_peak()
        phases.advance()
        mark = memory.mark()
        _publish(url, features, phases)
        phases.start("load it again", 1)
        wait_until(lambda: len(_logged(server.log, IN_SERVICE)) > 1, "the second snapshot is in service", LOAD_SECONDS)
        after = memory.at_rest()
        phases.advance()
        during = memory.since(mark)
    peak = Resident(max(sample.own for sample in during), max(sample.total for sample in during))
    nearer_to_peak = sum(sample.total > (peak.total + after.total) / 2 for sample in during)
    return Memory(
        pairs=pairs,
        loads=_logged(server.log, LOADED),
        at_rest=at_rest,
        load_peak=load_peak,
        swap_peak=peak,
        swap_seconds=nearer_to_peak * INTERVAL_SECONDS,
        after=after,
    )


def _publish(url: URL, features: FeatureSet, phases: Phases) -> int:
    """Publish the features; the result is how many pairs they have."""
    engine = connect(url)
    progress = Progress(
        lambda name, rows: phases.start(name, rows, at_least=ROWS_WORTH_A_BAR),
        lambda name, rows: phases.advance(rows, name),
    )
    try:
        return publish(engine, features, run_id="benchmark", order_rows=LINES, progress=progress).pair_rows
    finally:
        engine.dispose()


def _environment(settings: Settings, url: URL, folder: Path) -> dict[str, str]:
    """The champion as it is, the tables in another database, the local copy in another folder."""
    return {
        "MLFLOW_TRACKING_URI": settings.tracking_uri,
        "LOCAL_DIR": str(folder / "local"),
        "MYSQL_HOST": str(url.host),
        "MYSQL_PORT": str(url.port),
        "MYSQL_USER": str(url.username),
        "MYSQL_PASSWORD": str(url.password),
        "MYSQL_DATABASE": str(url.database),
    }


def _logged(log: Path, message: str) -> list[float]:
    """The seconds of every such act that the service has logged."""
    lines = (json.loads(line) for line in log.read_text().splitlines() if f'"{message}"' in line)
    return [line["seconds"] for line in lines]
