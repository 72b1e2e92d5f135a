"""Publishing's writing beside a bare `LOAD DATA` of the same rows, in turns on one server."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.csv
from rich.table import Table
from sqlalchemy import MetaData

from quantity.db.engine import connect
from quantity.db.load_data import bulk_connection, load_csv
from quantity.db.tables import replaced_tables
from quantity.features.compute import HISTORY, stream_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from training.publish.building import Progress, TableBuilder
from training.publish.bulk_load import rows_for_mysql
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from sqlalchemy import URL, Engine

    from training.phases import Phases

ROUNDS = 3
BARE = "bare"


def compare_loads(url: URL, lines: int, phases: Phases) -> Table:
    """Load the history of so many lines both ways, in turns."""
    raw = synthetic_tables(lines)
    features = stream_features(sum_order_lines(raw.order_items), derive_entities(raw))
    pieces = [frame for name, frame in features.pieces() if name == HISTORY]
    engine = connect(url)
    seconds: dict[str, list[float]] = {"publishing": [], "bare LOAD DATA": []}
    phases.start(f"load {lines:,} rows", 2 * ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        files = _written(pieces, Path(folder))
        for _ in range(ROUNDS):
            seconds["publishing"].append(_timed(lambda: _publish(engine, pieces), engine))
            phases.advance()
            seconds["bare LOAD DATA"].append(_timed(lambda: _load(engine, files), engine))
            phases.advance()
    engine.dispose()
    base = statistics.median(seconds["bare LOAD DATA"])
    table = Table(f"{lines:,} rows of features, with their index", "seconds (median)", "spread", "ratio")
    for name, found in seconds.items():
        median = statistics.median(found)
        table.add_row(name, f"{median:.1f}", f"{min(found):.1f} to {max(found):.1f}", f"{median / base:.2f}")
    return table


def _timed(task: Callable[[], None], engine: Engine) -> float:
    """Seconds of a call; what it made is dropped after."""
    began = time.perf_counter()
    task()
    seconds = time.perf_counter() - began
    with engine.begin() as connection:
        for table in (replaced_tables(suffix)["features"] for suffix in ("__next", BARE)):
            table.drop(connection, checkfirst=True)
    return seconds


def _publish(engine: Engine, pieces: list[pd.DataFrame]) -> None:
    rows = {"features": sum(map(len, pieces))}
    TableBuilder(engine, Progress()).build_in_pieces(rows, (("features", piece) for piece in pieces))


def _load(engine: Engine, files: list[Path]) -> None:
    table = replaced_tables(BARE)["features"].to_metadata(MetaData())
    with bulk_connection(engine) as connection:
        indexes = list(table.indexes)
        for index in indexes:
            table.indexes.discard(index)
        table.create(connection)
        for file in files:
            load_csv(connection, table, file)
            connection.commit()
        for index in indexes:
            index.create(connection)


def _written(pieces: list[pd.DataFrame], folder: Path) -> list[Path]:
    table = replaced_tables()["features"]
    files = []
    for number, piece in enumerate(pieces):
        files.append(folder / f"{number}.csv")
        options = pyarrow.csv.WriteOptions(include_header=False)
        pyarrow.csv.write_csv(rows_for_mysql(table, piece), files[-1], options)
    return files
