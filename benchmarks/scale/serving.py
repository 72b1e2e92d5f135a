"""The service with millions of pairs: what loading, a start, a look-up and a swap take."""

from __future__ import annotations

import json
import os
import statistics
import time
import uuid
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import update

from api.loading.contents import ARRAYS_FILE, read_model, read_snapshot
from api.loading.local_copy import MODEL, SNAPSHOT, LocalCopies, copies_folder
from api.serving.memory import checked_pair
from benchmarks.scale.many_pairs import many_pairs
from benchmarks.serving.bodies import questions
from benchmarks.serving.client import Client
from benchmarks.serving.errors import MissingError
from benchmarks.serving.programs import service
from benchmarks.serving.resident import megabytes
from benchmarks.watch import Watch
from local_servers.processes import children, read_if_there
from local_servers.programs import running
from local_servers.waiting import wait_until
from quantity.db.engine import connect
from quantity.db.tables import POINTER, replaced_tables
from quantity.registry import version_number
from training.publish.publishing import publish

if TYPE_CHECKING:
    from api.serving.memory import ActivePair
    from local_servers.programs import Running
    from quantity.settings import Settings
    from training.phases import Phases

LOADED, IN_SERVICE = "snapshot loaded", "snapshot in service"
"""What the loader logs, then the service."""

LOAD_SECONDS = 900.0
LOOKUPS = {1: 2000, 100: 400, 10_000: 20}
"""Pairs of a request, and how many such requests are timed."""

ASKED_PAIRS = 100
"""Of a request while a snapshot is loaded and swapped in."""

INTERVAL_SECONDS = 0.1
"""Between two such requests, and between two looks at memory."""


@dataclass(frozen=True)
class ServingCost:
    """What the service takes with one snapshot.

    Attributes:
        pairs: of the snapshot.
        load_seconds: from the database into the local copy.
        processor_seconds: of the loader and what it has started until then, the model's load included.
        swap_seconds: from the local copy into service.
        start_seconds: from the start of the program to the first answer, the local copy being there.
        copy_mb: size of the snapshot's arrays in the local copy, MB.
        loader_peak_mb: most resident memory of the loader, MB.
        own_mb: the service's memory that nobody shares, MB.
        mapped_mb: its pages of files, which processes share, MB.
        all_peak_mb: most of service and loader together while another snapshot comes, pages of files left out, MB.
        lookup_us: by pairs of a request, median microseconds of the processor for an answer inside the process.
        answer_ms: median and longest milliseconds of a request of `ASKED_PAIRS` while another snapshot comes.
    """

    pairs: int
    load_seconds: float
    processor_seconds: float
    swap_seconds: float
    start_seconds: float
    copy_mb: float
    loader_peak_mb: float
    own_mb: float
    mapped_mb: float
    all_peak_mb: float
    lookup_us: dict[int, float]
    answer_ms: tuple[float, float]


def serving_cost(pairs: int, settings: Settings, folder: Path, phases: Phases) -> ServingCost:
    """Publish about so many pairs on SQLite in a folder, unless they are there, and serve them with the champion.

    Raises:
        MissingError: there is no champion.
        ProgramEndedError: the service did not start.
    """
    if version_number(settings) is None:
        raise MissingError("no champion: run `make run`")
    # Its own tables and local copy; the registry is that of the settings.
    here = settings.model_copy(
        update={"local_dir": folder, "mysql_host": None, "mlflow_tracking_uri": settings.tracking_uri}
    )
    phases.start(f"publish {pairs:,} pairs", 1)
    _publish(pairs, here)
    phases.advance()
    phases.start(f"serve {pairs:,} pairs", 3)
    environment = {"LOCAL_DIR": str(folder), "MYSQL_HOST": "", "MLFLOW_TRACKING_URI": here.tracking_uri}
    environment["API_LOAD_SECONDS"] = str(LOAD_SECONDS)
    with running(service(environment), folder, LOAD_SECONDS) as server:
        wait_until(lambda: bool(_logged(server, IN_SERVICE)), "the snapshot is in service", LOAD_SECONDS)
        loader_peak, processor, (own, mapped) = (
            _loader_peak(server.pid),
            _processor_seconds(server.pid),
            _memory(server.pid),
        )
        (load_seconds,), (swap_seconds,) = _logged(server, LOADED), _logged(server, IN_SERVICE)
        phases.advance()
        active, copy_mb = _from_local_copy(here)
        lookup = {n: _lookup_us(active, n, times) for n, times in LOOKUPS.items()}
        phases.advance()
        answers, all_peak = _while_another_comes(here, server, active)
        phases.advance()
    began = time.perf_counter()
    with running(service(environment), folder) as server:
        start_seconds = time.perf_counter() - began
    return ServingCost(
        pairs=active.snapshot.info.pair_rows,
        load_seconds=load_seconds,
        processor_seconds=processor,
        swap_seconds=swap_seconds,
        start_seconds=start_seconds,
        copy_mb=copy_mb,
        loader_peak_mb=loader_peak,
        own_mb=own,
        mapped_mb=mapped,
        all_peak_mb=all_peak,
        lookup_us=lookup,
        answer_ms=(1e3 * statistics.median(answers), 1e3 * max(answers)),
    )


def _publish(pairs: int, settings: Settings) -> None:
    if Path(str(settings.database_url.database)).exists():
        return
    engine = connect(settings.database_url)
    features, lines = many_pairs(pairs)
    publish(engine, features, run_id="benchmark", order_rows=lines)
    engine.dispose()


def _from_local_copy(settings: Settings) -> tuple[ActivePair, float]:
    """The pair as the service maps it, and the size of its snapshot, MB."""
    copy = LocalCopies(copies_folder(settings)).newest()
    assert copy is not None
    size = (copy / SNAPSHOT / ARRAYS_FILE).stat().st_size / 1e6
    return checked_pair(read_model(copy / MODEL), read_snapshot(copy / SNAPSHOT)), size


def _lookup_us(active: ActivePair, pairs: int, times: int) -> float:
    """Microseconds of the processor: what else runs on the machine counts less."""
    seconds = []
    for question in questions(active.snapshot.features, times, pairs):
        began = time.thread_time()
        active.predictor.predict(question.store_id, question.product_id, question.date)
        seconds.append(time.thread_time() - began)
    return 1e6 * statistics.median(seconds)


def _while_another_comes(settings: Settings, server: Running, active: ActivePair) -> tuple[list[float], float]:
    """Seconds of each request while the same content is loaded under another name, and the most memory, MB."""
    bodies = cycle([question.body() for question in questions(active.snapshot.features, 200, ASKED_PAIRS)])
    client, seconds, memory = Client(server.port), list[float](), list[float]()

    def ask() -> None:
        began = time.perf_counter()
        client.post("/quantity/predict", next(bodies))
        seconds.append(time.perf_counter() - began)

    def look() -> None:
        memory.append(sum(megabytes(each, "RssAnon") for each in (server.pid, *children(server.pid))))

    with Watch(ask, INTERVAL_SECONDS), Watch(look, INTERVAL_SECONDS):
        engine = connect(settings.database_url)
        with engine.begin() as connection:
            connection.execute(update(replaced_tables()[POINTER]).values(publication=uuid.uuid4().hex))
        engine.dispose()
        wait_until(lambda: len(_logged(server, IN_SERVICE)) > 1, "the second snapshot is in service", LOAD_SECONDS)
    client.close()
    return seconds, max(memory)


def _loader_peak(pid: int) -> float:
    return max(megabytes(child, "VmHWM") for child in children(pid))


def _processor_seconds(pid: int) -> float:
    """Of the process' children and of theirs that have ended."""
    after_name = (read_if_there(Path(f"/proc/{child}/stat")).rpartition(")")[2].split() for child in children(pid))
    return sum(sum(map(int, fields[11:15])) for fields in after_name) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> tuple[float, float]:
    return megabytes(pid, "RssAnon"), megabytes(pid, "RssFile")


def _logged(server: Running, message: str) -> list[float]:
    """The seconds of every such act that the service or its loader has logged."""
    lines = (json.loads(line) for line in server.log.read_text().splitlines() if f'"{message}"' in line)
    return [line["seconds"] for line in lines]
