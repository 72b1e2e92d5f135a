"""The rows of the features, as Parquet files: computed by workers, read back by whoever publishes them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.dataset

from quantity.features.calendar import day_to_date
from quantity.features.compute import HISTORY, compute_coarse, history_of_chunk, pairs_of_chunk
from quantity.features.definitions import CALENDAR, HISTORY_COLUMNS, PRODUCT_ATTRIBUTES, STORE_ATTRIBUTES, columns_of
from quantity.features.scopes import PAIR_SCOPE
from training.spark.progress import job_progress

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from quantity.features.transforms import Column
    from training.phases import Phases
    from training.spark.shipping import Shipped
    from training.spark.source import Known, SparkOrders

BATCH_ROWS = 100_000
"""Rows that are read at a time."""

_DDL = {pa.int64(): "long", pa.float32(): "float", pa.date32(): "date", pa.string(): "string"}


def _field(column: Column) -> tuple[str, pa.DataType]:
    return column.name, pa.int64() if column.integer else pa.float32()


_KEYS = [("store_id", pa.int64()), ("product_id", pa.int64())]
HISTORY_SCHEMA = pa.schema(
    [
        *_KEYS,
        ("checkout_date", pa.date32()),
        ("quantity", pa.int64()),
        *map(_field, (*HISTORY_COLUMNS, *CALENDAR)),
        *((name, pa.string()) for name in (*STORE_ATTRIBUTES, *PRODUCT_ATTRIBUTES)),
    ]
)
"""A row an order, as of `quantity.features.compute.FeatureSet`; what is not known is null."""

PAIR_SCHEMA = pa.schema([*_KEYS, *map(_field, columns_of(PAIR_SCOPE))])
"""A row a pair of store and product: its latest state."""


@dataclass(frozen=True)
class ParquetFeatures:
    """Features as Parquet files: `features` and `latest_<scope>` are folders of them.

    Attributes:
        folder: with these folders.
        as_of, first_day, rows: as of `training.publish.publishing.Features`.
    """

    folder: Path
    as_of: dt.date
    first_day: dt.date
    rows: Mapping[str, int]

    def pieces(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """The latest state and the history, in pieces with names."""
        for scope in self.rows.keys() - {HISTORY}:
            for frame in _read(folder_of(self.folder, scope)):
                yield scope, frame
        for frame in _read(folder_of(self.folder, HISTORY)):
            yield HISTORY, frame


def write_features(orders: SparkOrders, as_of: int, folder: Path, phases: Phases) -> ParquetFeatures:
    """Compute all rows.

    Args:
        orders: all orders.
        as_of: the day that the latest state is for, days since 1970-01-01.
        folder: where to write; the workers see it too.
        phases: how to report.
    """
    spark = orders.orders.rows.sparkSession
    with job_progress(spark.sparkContext, phases, "compute totals"):
        lookup, latest = compute_coarse(orders, as_of, lambda _: None)
    known = orders.ship(lookup)
    with job_progress(spark.sparkContext, phases, "compute and write the history"):
        _write(orders, partial(_history, known=known), HISTORY_SCHEMA, folder_of(folder, HISTORY))
    with job_progress(spark.sparkContext, phases, "compute and write the latest state"):
        of_pairs = partial(_pairs, known=known, as_of=as_of)
        _write(orders, of_pairs, PAIR_SCHEMA, folder_of(folder, PAIR_SCOPE))
        for scope, frame in latest.items():
            table = pa.Table.from_pandas(frame, preserve_index=False)
            spark.createDataFrame(_whole_numbers(table, scope)).coalesce(1).write.parquet(str(folder_of(folder, scope)))
    rows = {scope: len(frame) for scope, frame in latest.items()}
    rows |= {HISTORY: orders.orders.count, PAIR_SCOPE: _dataset(folder_of(folder, PAIR_SCOPE)).count_rows()}
    return ParquetFeatures(folder, day_to_date(as_of), day_to_date(orders.days[0]), rows)


def folder_of(folder: Path, name: str) -> Path:
    """The folder of the history's files, or of a scope's latest state."""
    return folder / ("features" if name == HISTORY else f"latest_{name}")


def _write(
    orders: SparkOrders, of_bucket: Callable[..., Iterator[pa.RecordBatch]], schema: pa.Schema, folder: Path
) -> None:
    ddl = ", ".join(f"`{field.name}` {_DDL[field.type]}" for field in schema)
    orders.orders.rows.mapInArrow(of_bucket, ddl).write.parquet(str(folder))


def _whole_numbers(table: pa.Table, scope: str) -> pa.Table:
    kinds = {field.name: field.type for field in table.schema}
    kinds |= dict(map(_field, columns_of(scope)))
    # The frames' text is of the type with room for 2 GB.
    kinds = {name: pa.string() if pa.types.is_large_string(kind) else kind for name, kind in kinds.items()}
    return table.cast(pa.schema(kinds.items()))


def _read(folder: Path) -> Iterator[pd.DataFrame]:
    for batch in _dataset(folder).to_batches(batch_size=BATCH_ROWS):
        frame = batch.to_pandas()
        if "checkout_date" in frame:
            frame["checkout_date"] = pd.to_datetime(frame["checkout_date"]).astype("datetime64[s]")
        yield frame


def _dataset(folder: Path) -> pa.dataset.Dataset:
    return pa.dataset.dataset(str(folder), format="parquet")


# What follows runs in workers.


def _history(batches: Iterator[pa.RecordBatch], known: Shipped[Known]) -> Iterator[pa.RecordBatch]:
    of_all = known.value
    for chunk in of_all.chunks(batches):
        yield from _batches(history_of_chunk(chunk, of_all.lookup, of_all.entities), HISTORY_SCHEMA)


def _pairs(batches: Iterator[pa.RecordBatch], known: Shipped[Known], as_of: int) -> Iterator[pa.RecordBatch]:
    of_all = known.value
    for chunk in of_all.chunks(batches):
        yield from _batches(pairs_of_chunk(chunk, of_all.lookup, as_of), PAIR_SCHEMA)


def _batches(frame: pd.DataFrame, schema: pa.Schema) -> list[pa.RecordBatch]:
    columns = [pa.array(frame[field.name], from_pandas=True).cast(field.type) for field in schema]
    batches: list[pa.RecordBatch] = pa.Table.from_arrays(columns, schema=schema).to_batches()
    return batches
