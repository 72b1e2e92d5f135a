"""A million logged pairs on their way to the database: seconds, and bytes at each stop.

Run it with ``python -m benchmarks.prediction_log``; ``--pairs`` sets how many. Without a MariaDB or MySQL server, only
SQLite is measured. The server is told not to wait for the disk.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from api.prediction_log.blocks import BLOCK_REQUESTS
from api.prediction_log.folder import READY, log_folder, new_segment_id, segment_path
from api.prediction_log.segment import KIND, Block, Request, encode
from api.prediction_log.shipping import Shipper
from local_servers.mysql_server import ServerMissingError, running_server
from quantity.db.engine import connect
from quantity.db.monitoring_tables import predictions
from quantity.features.calendar import day_to_date
from quantity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine

    from quantity.features.timeline import Ints

REQUEST_PAIRS = 3
BLOCK_PAIRS = BLOCK_REQUESTS * REQUEST_PAIRS
SEGMENT_BLOCKS = 100
"""A segment has five seconds of 4,000 requests a second."""

STORES, PRODUCTS, DAYS, TODAY = 500, 10_000, 28, 20_000


class Answers(NamedTuple):
    """Answered pairs.

    Attributes:
        store_id, product_id: (n,) ids.
        checkout_day: (n,) days since 1970-01-01, in rising order.
        quantity: (n,) cases.
    """

    store_id: Ints
    product_id: Ints
    checkout_day: Ints
    quantity: Ints


class Shipped(NamedTuple):
    """What it took to ship them.

    Attributes:
        database: its kind.
        pairs: how many were shipped.
        seconds: from the first segment to the last.
        segment_bytes: of all segments.
        table_bytes: that the table and its indexes grew by.
    """

    database: str
    pairs: int
    seconds: float
    segment_bytes: int
    table_bytes: int


def made_up_answers(pairs: int) -> Answers:
    """So many answers of four weeks."""
    rng = np.random.default_rng(0)
    days = np.sort(rng.integers(TODAY, TODAY + DAYS, pairs))
    return Answers(rng.integers(1, STORES, pairs), rng.integers(1, PRODUCTS, pairs), days, rng.integers(1, 50, pairs))


def log_and_ship(settings: Settings, answers: Answers, version: str = "1") -> Shipped:
    """Write the answers to segments as a service does, and ship these.

    Args:
        settings: of a database that has the table of the prediction log.
        answers: to log.
        version: of the model.

    Raises:
        RuntimeError: not all of them were shipped.
    """
    folder = log_folder(settings)
    size = _write_segments(folder, answers, version)
    engine = connect(settings.database_url)
    before = _table_bytes(engine)
    shipper = Shipper(settings, folder)
    began = time.perf_counter()
    shipper.look()
    seconds = time.perf_counter() - began
    if shipper.status.shipped_pairs != len(answers.store_id):
        raise RuntimeError(f"{shipper.status.shipped_pairs:,} pairs were shipped: {shipper.status.failure}")
    shipped = Shipped(engine.dialect.name, len(answers.store_id), seconds, size, _table_bytes(engine) - before)
    engine.dispose()
    return shipped


def shipping_table(measured: list[Shipped]) -> Table:
    """Seconds and bytes a pair."""
    table = Table("database", "pairs", "seconds", "pairs/s", "bytes/pair, segment", "bytes/pair, table")
    for one in measured:
        sizes = (f"{size / one.pairs:.0f}" for size in (one.segment_bytes, one.table_bytes))
        table.add_row(one.database, f"{one.pairs:,}", f"{one.seconds:.1f}", f"{one.pairs / one.seconds:,.0f}", *sizes)
    return table


def _write_segments(folder: Path, answers: Answers, version: str) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    size, blocks = 0, list(_blocks(answers, version))
    for first in range(0, len(blocks), SEGMENT_BLOCKS):
        content = b"".join(map(encode, blocks[first : first + SEGMENT_BLOCKS]))
        segment_path(folder, new_segment_id(), READY).write_bytes(content)
        size += len(content)
    return size


def _blocks(answers: Answers, version: str) -> Iterator[Block]:
    names = np.random.default_rng(1)
    for first in range(0, len(answers.store_id), BLOCK_PAIRS):
        store_id, product_id, days, quantity = (values[first : first + BLOCK_PAIRS] for values in answers)
        # A request has one date: so many pairs, or fewer where a day ends.
        parts = np.arange(len(days)) // REQUEST_PAIRS + days * BLOCK_PAIRS
        starts, counts = np.unique(parts, return_index=True, return_counts=True)[1:]
        requests = [
            Request(f"{name:016x}", time.time_ns(), day_to_date(day), shown=True, pairs=pairs)
            for name, day, pairs in zip(
                names.integers(0, 2**63, len(starts)).tolist(), days[starts].tolist(), counts.tolist(), strict=True
            )
        ]
        cases = quantity, quantity, (quantity + 1) // 2, 2 * quantity
        numbers = np.stack([store_id, product_id, np.zeros_like(quantity), *cases], axis=1).astype(KIND)
        yield Block(version, "champion", 1, day_to_date(int(days[0])), requests, numbers.data)


def _table_bytes(engine: Engine) -> int:
    """Size of the table in MySQL; in SQLite that of the file, which also has others."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return int(
                connection.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))
            )
        connection.execute(text(f"ANALYZE TABLE {predictions.name}"))
        size = "SELECT data_length + index_length FROM information_schema.tables WHERE table_schema = DATABASE()"
        return int(connection.scalar(text(f"{size} AND table_name = :name"), {"name": predictions.name}))


def _settings(folder: Path, url: URL | None = None) -> Settings:
    """Settings of a new database, which has the table."""
    values: dict[str, object] = {"local_dir": folder, "mysql_host": None}
    if url is not None:
        values |= {f"mysql_{part}": getattr(url, part) for part in ("host", "port", "password", "database")}
        values["mysql_user"] = url.username
    settings = Settings.model_validate(values)
    engine = connect(settings.database_url)
    predictions.create(engine)
    engine.dispose()
    return settings


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1_000_000, help="how many to ship (default: a million)")
    answers, measured = made_up_answers(parser.parse_args().pairs), []
    console = Console()
    with tempfile.TemporaryDirectory(prefix="bench-log-") as folder:
        measured.append(log_and_ship(_settings(Path(folder, "sqlite")), answers))
        try:
            with running_server() as server, server.database() as url:
                measured.append(log_and_ship(_settings(Path(folder, "mysql"), url), answers))
        except ServerMissingError as error:
            console.print(f"MySQL is not measured: {error} (apt-get install mariadb-server)")
    console.print(shipping_table(measured))


if __name__ == "__main__":
    main()
