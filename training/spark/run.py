"""Runs on Spark: from tables that one machine has read, from MySQL's, or from files to files."""

from __future__ import annotations

import json
import shutil
import uuid
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pyspark.sql import functions as F  # noqa: N812 - its usual name

from quantity.db.raw_tables import ensure_raw_tables, read_metadata
from quantity.db.tables import replaced_tables
from quantity.features.calendar import date_to_day
from quantity.features.entities import entities_of
from quantity.features.feature_list import features_digest
from training.history.order_days import changed_days, order_days, published_order_days
from training.input_files.find import find_input_files
from training.input_files.read import InputFilesError, Metadata, mapping_of, read_metadata_files
from training.publish.as_of import lines_before
from training.publish.publishing import publication
from training.publish.room import room_on_spark
from training.spark.lines import lines_of_database, lines_of_files, lines_of_frame
from training.spark.orders import bucketed, days_of, ids_of
from training.spark.progress import job_progress
from training.spark.session import spark_session
from training.spark.source import SparkOrders
from training.spark.tables import ParquetFeatures, write_features

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import pandas as pd
    from pyspark.sql import DataFrame
    from sqlalchemy import Engine

    from quantity.raw import RawTables
    from quantity.settings import Settings
    from quantity.versions import Published
    from training.input_files.options import ReadingOptions
    from training.phases import Phases
    from training.publish.as_of import Lines
    from training.publish.run import Run


@dataclass(frozen=True)
class SparkJob:
    """Features of order lines.

    Attributes:
        lines: the order lines that are known.
        count: how many.
        metadata: of stores and products.
        folder: where the features are written, and what workers need; they see it too.
        phases: how to report.
    """

    lines: DataFrame
    count: int
    metadata: Metadata
    folder: Path
    phases: Phases

    def compute(self, as_of: dt.date) -> ParquetFeatures:
        """Compute all features, as of a date.

        Raises:
            NoRoomError: the folder's disk is too small.
        """
        with _folder_in(self.folder, "shared") as shared:
            self.phases.tell(f"this run {room_on_spark(self.folder, self.count)}")
            with job_progress(self.lines.sparkSession.sparkContext, self.phases, "read and sum up the order lines"):
                orders = bucketed(self.lines, self.count)
                store_ids, product_ids = (ids_of(orders.rows, name) for name in ("store_id", "product_id"))
            entities = entities_of(self.metadata.stores, self.metadata.product_tags, store_ids, product_ids)
            return write_features(SparkOrders(orders, entities, shared), date_to_day(as_of), self.folder, self.phases)

    def packer(self) -> AbstractContextManager[None]:
        """No machine has all orders: the next incremental run finds none, and computes all rows."""
        return nullcontext()


@contextmanager
def spark_jobs(settings: Settings, run_id: str, phases: Phases) -> Iterator[Callable[[RawTables], SparkJob]]:
    """Start Spark for tables that this machine has read.

    Raises:
        OSError: the folder of the run's files cannot be written.
    """
    with spark_session(settings, f"preprocess {run_id}") as spark, _folder(settings, run_id) as folder:

        def job(raw: RawTables) -> SparkJob:
            lines = lines_of_frame(spark, raw.order_items, folder)
            return SparkJob(lines, len(raw.order_items), Metadata(raw.product_tags, raw.stores), folder, phases)

        yield job


def publish_from_database(run: Run, settings: Settings) -> tuple[Published, Lines]:
    """Publish the features of the raw tables, which workers read from MySQL themselves.

    Raises:
        NoRawTablesError: there are no order lines.
        NoOrdersBeforeError: no order line is before the as-of date.
        SparkMissingError: there is no Spark here, or no JDBC driver.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database failed; what was published before still is.
    """
    engine, phases = run.engine, run.phases
    with spark_session(settings, f"preprocess {run.run_id}") as spark, _folder(settings, run.run_id) as folder:
        with phases.phase("count the order lines of each day"):
            days, lines = _lines_of_tables(engine, run.as_of, run.today)
            known = days[days["checkout_date"].dt.date < lines.as_of]
            changed = len(changed_days(published_order_days(engine), known)) > 0
        origin = run.origin(lines, changed=changed)
        with publication(engine, run.still_held, run.progress) as next_snapshot:
            with phases.phase("read and compute on Spark"):
                of_lines = lines_of_database(spark, engine, lines.as_of)
                job = SparkJob(of_lines, lines.before, Metadata(*read_metadata(engine)), folder, phases)
                features = job.compute(lines.as_of)
            with phases.phase("write the rows"):
                next_snapshot.add_features(features)
            next_snapshot.add_order_days(days)
            return next_snapshot.publish(run.run_id, lines.before, origin), lines


def write_parquet_of_database(run: Run, settings: Settings, folder: Path) -> tuple[ParquetFeatures, Lines]:
    """Write the features of the raw tables as Parquet files, and publish nothing; raises as `publish_from_database`."""
    with spark_session(settings, f"preprocess {run.run_id}") as spark:
        _, lines = _lines_of_tables(run.engine, run.as_of, run.today)
        of_lines = lines_of_database(spark, run.engine, lines.as_of)
        job = SparkJob(of_lines, lines.before, Metadata(*read_metadata(run.engine)), folder, run.phases)
        return _written(job, lines.as_of), lines


class Files(NamedTuple):
    """Files whose orders workers read.

    Attributes:
        data_dir: their folder.
        options: how they are read.
        as_of: the first day that the features do not know; None: the day after the last complete day.
    """

    data_dir: Path
    options: ReadingOptions
    as_of: dt.date | None


def write_parquet_of_files(
    source: Files, settings: Settings, folder: Path, phases: Phases
) -> tuple[ParquetFeatures, Lines]:
    """Write the features of files as Parquet files; workers read those of orders.

    Raises:
        InputFilesError: the files cannot be used; which, and why.
        NoOrdersBeforeError: no order line is before the as-of date.
    """
    files = find_input_files(source.data_dir)
    if files.problems:
        raise InputFilesError("\n".join([f"The files in {source.data_dir} cannot be used.", *files.problems]))
    metadata = read_metadata_files(files, source.options)
    with spark_session(settings, f"preprocess {folder.name}") as spark:
        with phases.phase("read and check the files"), job_progress(spark.sparkContext, phases, "read the files"):
            of_files = lines_of_files(spark, files.orders, mapping_of(files.mapping), source.options)
            lines = lines_before(*days_of(of_files), source.as_of, source.options.today)
        known = of_files.where(F.col("checkout_date") < F.lit(lines.as_of))
        return _written(SparkJob(known, lines.before, metadata, folder, phases), lines.as_of), lines


def _written(job: SparkJob, as_of: dt.date) -> ParquetFeatures:
    with job.phases.phase("compute and write on Spark"):
        features = job.compute(as_of)
    record = {"as_of_date": str(as_of), "order_rows": job.count, "features_digest": features_digest()}
    (job.folder / "snapshot.json").write_text(json.dumps(record | {"rows": dict(features.rows)}, indent=2) + "\n")
    return features


def _lines_of_tables(engine: Engine, as_of: dt.date | None, today: dt.date) -> tuple[pd.DataFrame, Lines]:
    ensure_raw_tables(engine)
    days = order_days(engine, replaced_tables()["fact_order_items"])
    day = days["checkout_date"].to_numpy("datetime64[D]")
    return days, lines_before(day, days["order_lines"].to_numpy(), as_of, today)


@contextmanager
def _folder(settings: Settings, run_id: str) -> Iterator[Path]:
    """A folder of a run's files, which is gone afterwards."""
    root = (settings.spark_folder or settings.local_dir / "spark").resolve()
    with _folder_in(root, f"{run_id}-{uuid.uuid4().hex[:8]}") as folder:
        yield folder


@contextmanager
def _folder_in(parent: Path, name: str) -> Iterator[Path]:
    folder = parent / name
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
