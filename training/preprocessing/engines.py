"""Where features are computed: on this machine, or on Spark."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from quantity.features.compute import HISTORY, PASSES, stream_features
from quantity.features.entities import derive_entities
from quantity.features.orders import orders_as_told
from quantity.features.scopes import PAIR_SCOPE
from training.appending.arguments import is_appending
from training.history.packed_orders import OrderPacker
from training.input_files.arguments import chosen_settings
from training.input_files.options import ReadingOptions
from training.phases import Phases
from training.publish.lock import publish_lock
from training.publish.run import Run
from training.publish.summary import print_summary

if TYPE_CHECKING:
    import argparse
    import datetime as dt
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console
    from sqlalchemy import Engine

    from quantity.features.compute import StreamedFeatures
    from quantity.raw import RawTables
    from quantity.settings import Settings
    from quantity.versions import Published
    from training.publish.as_of import Lines
    from training.publish.publishing import Features

EngineName = Literal["single", "spark"]


class FolderInUseError(ValueError):
    """There is something where a run was to write."""


class Job(Protocol):
    """Computes the features of some raw tables, which it need not keep."""

    def compute(self, as_of: dt.date) -> Features:
        """The features, as of a date; called once, with progress."""

    def packer(self) -> AbstractContextManager[OrderPacker | None]:
        """Packs the orders for the next run, if this one has them."""


class SingleMachineJob:
    """Computes in this process.

    Args:
        raw: the tables; at least one order line.
        phases: how to report.
    """

    def __init__(self, raw: RawTables, phases: Phases) -> None:
        self._orders, self._entities = orders_as_told(raw.order_items), derive_entities(raw)
        self._phases, self._packer = phases, OrderPacker(self._orders)

    def compute(self, as_of: dt.date) -> StreamedFeatures:
        """Compute totals; rows are computed while they are written."""
        what = "compute totals"
        self._phases.start(what, PASSES * len(self._orders))
        return stream_features(
            self._orders,
            self._entities,
            lambda count: self._phases.advance(count, what),
            as_of=as_of,
            keeper=self._packer.totals,
        )

    def packer(self) -> OrderPacker:
        """Pack them all."""
        return self._packer


def add_engine_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where features are computed."""
    parser.add_argument(
        "--engine",
        choices=get_args(EngineName),
        default="single",
        help="where features are computed: on this machine (single, default) or on Spark (SPARK_MASTER)",
    )
    parser.add_argument(
        "--parquet",
        type=Path,
        metavar="FOLDER",
        help="with --engine spark: publish nothing, and write the features to a folder of the run in this one, which "
        "all machines see; orders are read by Spark, from CSV or Parquet files or, with --source db, from MySQL",
    )


def fault_of_engine(arguments: argparse.Namespace, settings: Settings) -> str | None:
    """What is wrong with these options beside the others, if anything is."""
    if arguments.engine == "spark" and arguments.incremental:
        return "argument --engine: spark computes all rows; leave out --incremental"
    if not arguments.parquet:
        return None
    if arguments.engine != "spark" or is_appending(arguments) or arguments.report or arguments.rollback:
        return (
            "argument --parquet: expected with --engine spark, and without --append, --incoming, --report or --rollback"
        )
    if arguments.source == "db" and settings.mysql_host is None:
        return (
            "argument --parquet: workers read tables from MySQL alone (MYSQL_HOST); without --source db they read files"
        )
    return None


def is_read_by_workers(arguments: argparse.Namespace, engine: Engine) -> bool:
    """Whether Spark's workers read the order lines themselves."""
    return arguments.engine == "spark" and arguments.source == "db" and engine.dialect.name != "sqlite"


@contextmanager
def jobs_of(
    engine: EngineName, settings: Settings, run_id: str, phases: Phases
) -> Iterator[Callable[[RawTables], Job]]:
    """Get ready to compute; the result makes a job of raw tables.

    Raises:
        SparkMissingError: there is no Spark here.
        OSError: the folder of a run on Spark cannot be written.
    """
    if engine == "single":
        yield lambda raw: SingleMachineJob(raw, phases)
        return
    # In an environment of its own.
    from training.spark.run import spark_jobs  # noqa: PLC0415

    with spark_jobs(settings, run_id, phases) as jobs:
        yield jobs


def publish_from_database(run: Run, settings: Settings) -> tuple[Published, Lines]:
    """Publish features that Spark computes of the raw tables; see `training.spark.run.publish_from_database`."""
    from training.spark import run as on_spark  # noqa: PLC0415 - in an environment of its own

    return on_spark.publish_from_database(run, settings)


def write_parquet(arguments: argparse.Namespace, settings: Settings, engine: Engine, console: Console) -> None:
    """Let Spark write features as Parquet files.

    Raises:
        FolderInUseError: the run has a folder already.
        InputFilesError, NoOrdersBeforeError, NoRawTablesError, SparkMissingError: bad input; the message says which.
        PublisherBusyError: another run publishes while tables were to be read.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError, OSError: the database or a disk failed.
    """
    from training.spark import run as on_spark  # noqa: PLC0415 - in an environment of its own

    folder = arguments.parquet.resolve() / arguments.run_id
    if folder.exists():
        raise FolderInUseError(f"argument --parquet: {folder} is there already; give another --run-id or folder")
    with Phases(console) as phases:
        if arguments.source == "db":
            with publish_lock(engine, arguments.wait) as lock:
                run = Run(engine, lock, phases, console, arguments.run_id, arguments.as_of, settings.today())
                features, lines = on_spark.write_parquet_of_database(run, settings, folder)
        else:
            options = ReadingOptions.from_settings(chosen_settings(arguments, settings))
            data_dir = arguments.data_dir or settings.data_dir
            files = on_spark.Files(data_dir, options, arguments.as_of)
            features, lines = on_spark.write_parquet_of_files(files, settings, folder, phases)
    print_summary(console, lines, phases.records)
    rows = features.rows
    console.print(
        f"wrote the features as of {features.as_of} to {folder}: {rows[HISTORY]:,} feature rows, {rows['store']:,} "
        f"stores, {rows['product']:,} products, {rows[PAIR_SCOPE]:,} pairs",
        soft_wrap=True,
    )
