"""Order files read one after the other, each compared with what is there after the one before it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from quantity.db.keys import read_keys
from quantity.db.raw_tables import read_metadata, read_order_lines, read_raw_tables
from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import replaced_tables
from quantity.raw import Keys, key_frame
from training.appending.merging import Counts, change_of, joined_lines, merge_lines
from training.input_files.find import find_mapping
from training.input_files.limits import DATES
from training.input_files.read import Input, InputFilesError, Metadata, read_order_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.raw import RawTables
    from training.input_files.options import ReadingOptions
    from training.input_files.read import Progress
    from training.input_files.report import ReadingReport
    from training.publish.line_merge import LineChange


NO_ORDERS_ON = DATES.low - dt.timedelta(days=1)
"""A day before all that an order may be of."""


class NothingPublishedError(RuntimeError):
    """There is nothing yet that order lines could be appended to."""


class Reading(NamedTuple):
    """How order files are to be read.

    Attributes:
        options: the choices.
        mapping_folder: where the file that maps column names is looked for, if none lies beside an order file.
        progress: told how far each file is read.
    """

    options: ReadingOptions
    mapping_folder: Path
    progress: Progress


class TakenFile(NamedTuple):
    """A file that was read, and what its lines do."""

    path: Path
    report: ReadingReport
    counts: Counts


class RefusedFile(NamedTuple):
    """A file that cannot be used, and why, as its user is told."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Taking:
    """Order files, compared with the raw tables.

    Attributes:
        taken: those that could be read, in order.
        refused: the others.
        change: what all of them change together.
        keys: numbers of text ids, those of the files among them.
    """

    taken: tuple[TakenFile, ...]
    refused: tuple[RefusedFile, ...]
    change: LineChange
    keys: Keys

    @property
    def counts(self) -> Counts:
        """Of all files."""
        return sum((file.counts for file in self.taken), Counts())


def take(engine: Engine, paths: Sequence[Path], reading: Reading) -> Taking:
    """Read order files and compare them with the raw tables, which stay as they are.

    Callers hold the publisher lock.

    Raises:
        NothingPublishedError: no files were loaded yet.
        OSError, DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: a file or the database cannot be read.
    """
    if published(engine) is None:
        raise NothingPublishedError(
            "nothing is published yet that order lines could be appended to: load the files first "
            "(python -m training.preprocess, or --source csv)"
        )
    keys, metadata = read_keys(engine), Metadata(*read_metadata(engine))
    inputs: list[tuple[Path, Input]] = []
    refused: list[RefusedFile] = []
    for path in paths:
        try:
            mapping = find_mapping(path.parent, reading.mapping_folder)
            read = read_order_file(path, mapping, reading.options, keys, metadata, progress=reading.progress)
        except InputFilesError as error:
            refused.append(RefusedFile(path, str(error)))
            continue
        keys = _keys_of(read.tables)
        inputs.append((path, read))
    before = after = _there(engine, [read for _, read in inputs], reading.progress)
    taken = []
    for path, read in inputs:
        after, counts = merge_lines(after, read.tables.order_items, read.cancelled)
        taken.append(TakenFile(path, read.report, counts))
    return Taking(tuple(taken), tuple(refused), change_of(before, after), keys)


def merged_tables(engine: Engine, taking: Taking) -> RawTables:
    """The raw tables as they will be.

    Raises:
        NoRawTablesError: a table is missing.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    raw, change = read_raw_tables(engine), taking.change
    items = raw.order_items
    if len(change.removed):
        lines = read_table(engine, replaced_tables()["fact_order_items"], ["line"])["line"].sort_values()
        items = items[~lines.isin(change.removed).to_numpy()]
    return replace(
        raw,
        order_items=joined_lines(items, change.added),
        store_keys=key_frame("store", taking.keys.stores),
        product_keys=key_frame("product", taking.keys.products),
    )


def _keys_of(tables: RawTables) -> Keys:
    stores, products = tables.store_keys, tables.product_keys
    return Keys(
        dict(zip(stores["store_key"].tolist(), stores["store_id"].tolist(), strict=True)),
        dict(zip(products["product_key"].tolist(), products["product_id"].tolist(), strict=True)),
    )


def _there(engine: Engine, inputs: Iterable[Input], progress: Progress) -> pd.DataFrame:
    """The order lines of the days that the files tell of; a line's day is part of what tells it apart."""
    days = [frame["checkout_date"] for read in inputs for frame in (read.tables.order_items, read.cancelled)]
    told = pd.concat([pd.Series(dtype="datetime64[s]"), *days])
    if told.empty:
        return read_order_lines(engine, NO_ORDERS_ON, NO_ORDERS_ON)
    first, last = told.min().date(), told.max().date()
    progress(f"the order lines of {first} to {last}", 0.0)
    lines = read_order_lines(engine, first, last)
    progress(f"the order lines of {first} to {last}", 1.0)
    return lines
