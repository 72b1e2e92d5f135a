"""Read and check the input files: orders, and products and stores if there are any."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from quantity.raw import NO_KEYS, RawTables
from training.input_files import tables as raw
from training.input_files.cells.dates import EPOCH, EXCEL
from training.input_files.cells.kinds import EntityCodes, cells_of
from training.input_files.checking.checked_table import CheckedTable
from training.input_files.checking.text_ids import Ids
from training.input_files.columns.mapping import MappingError, read_mapping
from training.input_files.columns.opening import open_tables
from training.input_files.find import InputFiles, find_input_files
from training.input_files.layout import ORDERS, PRODUCTS, STORES
from training.input_files.report import FileReport, MetadataReport, ReadingReport, orders_report
from training.input_files.rules.apply import apply_rules, future_problem, nothing_left, returns_without_order
from training.input_files.rules.order_lines import OrderLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

    from quantity.raw import Keys
    from training.input_files.columns.opening import OpenedFile
    from training.input_files.layout import FileLayout
    from training.input_files.options import ReadingOptions
    from training.input_files.rules.apply import Ruled

    Progress = Callable[[str, float], None]
    """Called with a file's name and the share of it read so far, 0 to 1."""


class InputFilesError(Exception):
    """The files cannot be used; the message tells the user where and how, in full."""


@dataclass(frozen=True)
class Input:
    """The input files, checked.

    Attributes:
        tables: what they hold. Order lines keep the files' order; a product's tag and a store stand once.
        report: what was read, set aside, and looks odd.
        cancelled: the `IDENTITY` of order lines that came to nothing: a quantity of 0, or wholly returned. They are
            not in the tables.
    """

    tables: RawTables
    report: ReadingReport
    cancelled: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Metadata:
    """What is known of stores and products without a file of it, as in `RawTables`."""

    product_tags: pd.DataFrame
    stores: pd.DataFrame


def read_input_files(
    data_dir: Path, options: ReadingOptions, known: Keys = NO_KEYS, progress: Progress | None = None
) -> Input:
    """Read the files of orders, products and stores.

    Args:
        data_dir: the folder with the files.
        options: how they are to be read.
        known: numbers that ids of text have from earlier runs.
        progress: called now and then with a file's name and the share of it read so far, 0 to 1.

    Raises:
        InputFilesError: naming the faults of all files: column, first lines, values, and what is expected.
    """
    _check_format(options.date_format)
    files = find_input_files(data_dir)
    source = f"The files in {data_dir}"
    _refuse(source, files.problems)
    read = _read_tables(files, mapping_of(files.mapping), options, progress)
    read.ids.settle(_text_ids(options, None), _text_ids(options, None))
    _refuse(source, [*read.problems(options), *read.without_rows()])
    keys = read.numbered(source, known)
    lines = OrderLines.of(read.of(ORDERS))
    ruled = apply_rules(lines, options)
    _refuse(source, [*ruled.problems, *filter(None, [nothing_left(ruled)])])
    return _assembled(lines, ruled, read, keys)


def read_metadata_files(files: InputFiles, options: ReadingOptions) -> Metadata:
    """Read the files of products and stores, whose ids are whole numbers.

    Raises:
        InputFilesError: naming the faults of both.
    """
    # Names that these files do not have are for those of orders.
    others = replace(files, orders=(), mapping=None)
    read = _read_tables(others, mapping_of(files.mapping), options, None)
    read.ids.settle(text_stores=False, text_products=False)
    if others.paths:
        _refuse(f"The files in {others.paths[0].parent}", read.problems(options))
    tags, _, _ = raw.product_tags(read.columns_of(PRODUCTS))
    return Metadata(tags, raw.stores(read.columns_of(STORES)))


def read_order_file(
    path: Path,
    mapping: Path | None,
    options: ReadingOptions,
    known: Keys,
    metadata: Metadata,
    *,
    progress: Progress | None = None,
) -> Input:
    """Read a file of orders that come to others; it may hold none.

    Args:
        path: the file, whatever its name.
        mapping: the file that maps column names, if any; names that this file does not have are for others.
        options: how it is to be read.
        known: numbers that ids of text have.
        metadata: what is known of stores and products.
        progress: called now and then with the file's name and the share of it read so far, 0 to 1.

    Raises:
        InputFilesError: naming the faults of the file, as `read_input_files` does, and returns of orders that do not
            stand in it.
    """
    _check_format(options.date_format)
    source = f"The file {path}"
    read = _read_tables(InputFiles((path,)), mapping_of(mapping), options, progress)
    # A few lines do not show what ids are like; those that are there do.
    read.ids.settle(_text_ids(options, bool(known.stores)), _text_ids(options, bool(known.products)))
    _refuse(source, read.problems(options))
    keys = read.numbered(source, known)
    lines = OrderLines.of(read.of(ORDERS))
    ruled = apply_rules(lines, options)
    _refuse(source, [*ruled.problems, *filter(None, [returns_without_order(lines, ruled)])])
    return _assembled(lines, ruled, read, keys, metadata)


def _text_ids(options: ReadingOptions, otherwise: bool | None) -> bool | None:  # noqa: FBT001 - of three values
    return True if options.ids == "text" else otherwise


def mapping_of(path: Path | None) -> Mapping[str, str | None]:
    """The names of columns that a mapping tells, if there is one.

    Raises:
        InputFilesError: it is no such mapping.
    """
    try:
        return read_mapping(path) if path else {}
    except MappingError as error:
        raise InputFilesError(str(error)) from error


def _refuse(source: str, problems: Iterable[str]) -> None:
    """Raise the problems, if there are any, in one error.

    Raises:
        InputFilesError: there are.
    """
    told = list(problems)
    if told:
        raise InputFilesError("\n".join([f"{source} cannot be used.", *told]))


def _check_format(date_format: str | None) -> None:
    """Refuse a format that does not give back the day that it writes.

    Raises:
        InputFilesError: it is none.
    """
    if date_format in {None, EXCEL, EPOCH}:
        return
    day = dt.date(2025, 1, 6)
    try:
        read = dt.datetime.strptime(day.strftime(str(date_format)), str(date_format)).date()  # noqa: DTZ007
    except ValueError:
        read = None
    if read != day:
        raise InputFilesError(
            f"--date-format {date_format!r} (INPUT_DATE_FORMAT in .env): expected a format such as %d/%m/%Y or "
            "%m/%d/%Y, or excel or epoch"
        )


@dataclass(frozen=True)
class _Read:
    """The tables, read.

    Attributes:
        files: those that could be opened, orders first.
        unopened: what prevents reading the others, a paragraph each.
        ids: those of stores and products.
    """

    files: list[tuple[OpenedFile, CheckedTable]]
    unopened: list[str]
    ids: _Ids

    def of(self, layout: FileLayout) -> list[CheckedTable]:
        """The tables of one layout."""
        return _of(self.files, layout)

    def columns_of(self, layout: FileLayout) -> dict[str, list[pa.Array]]:
        """The columns of a layout that at most one file has."""
        tables = self.of(layout)
        return tables[0].columns if tables else {}

    def problems(self, options: ReadingOptions) -> list[str]:
        """What is wrong, file by file, once it is settled which texts are ids."""
        return [*self.unopened, *self._row_problems(options), *self.ids.contradictions()]

    def _row_problems(self, options: ReadingOptions) -> Iterator[str]:
        for file, table in self.files:
            table.settle(text_ids=options.ids == "text")
            yield from file.problems
            yield from table.problems()
            if file.layout is ORDERS and options.future == "refuse":
                yield from filter(None, [future_problem(table, options)])

    def without_rows(self) -> Iterator[str]:
        """That the files of orders hold none, where nothing else is wrong with them."""
        orders = self.of(ORDERS)
        if orders and not any(
            table.rows or table.has_faults or file.match.missing for file, table in self.files if file.layout is ORDERS
        ):
            yield f"{orders[0].name}: has a header but no rows"

    def numbered(self, source: str, known: Keys) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Put numbers in the place of text ids; the keys of stores and of products, as in `RawTables`.

        Raises:
            InputFilesError: whole numbers are in the range of these numbers.
        """
        _refuse(source, self.ids.collisions(known))
        return self.ids.stores.replace(known.stores), self.ids.products.replace(known.products)


def _of(files: Iterable[tuple[OpenedFile, CheckedTable]], layout: FileLayout) -> list[CheckedTable]:
    return [table for file, table in files if file.layout is layout]


def _read_tables(
    files: InputFiles, mapping: Mapping[str, str | None], options: ReadingOptions, progress: Progress | None
) -> _Read:
    """Read every file to its end, orders first."""
    opened, unopened = open_tables(files, mapping, options.encoding)
    codes = EntityCodes()
    cells = cells_of(options, codes)
    tables = [(file, CheckedTable(file.table, file.match.positions, cells)) for file in opened]
    for file, table in tables:
        tell = partial(progress or _tell_nobody, table.name)
        tell(0.0)
        if file.match.positions:
            table.read(tell)
        tell(1.0)
    return _Read(tables, unopened, _Ids.of(tables, codes))


def _tell_nobody(_name: str, _share: float) -> None:
    pass


@dataclass(frozen=True)
class _Ids:
    """The ids of stores and of products."""

    stores: Ids
    products: Ids

    @classmethod
    def of(cls, files: Sequence[tuple[OpenedFile, CheckedTable]], codes: EntityCodes) -> _Ids:
        orders = _of(files, ORDERS)
        return cls(
            Ids("STORE_ID", codes.stores, orders, _of(files, STORES)),
            Ids("PRODUCT_ID", codes.products, orders, _of(files, PRODUCTS)),
        )

    def settle(self, text_stores: bool | None, text_products: bool | None) -> None:  # noqa: FBT001 - of three values
        """Decide which texts are ids; see `Ids.settle`."""
        self.stores.settle(text_ids=text_stores)
        self.products.settle(text_ids=text_products)

    def contradictions(self) -> list[str]:
        """Tell the stores of which rows say different things."""
        told = []
        for table in self.stores.metadata:
            if not table.has_faults:
                rows = raw.contradicting_rows(table.columns, STORES, "STORE_ID")
                told += [table.contradictions("STORE_ID", rows, self.stores.text_of)] if rows else []
        return told

    def collisions(self, known: Keys) -> list[str]:
        """Tell whole numbers in the range of numbers of texts."""
        return [*self.stores.collisions(known.stores), *self.products.collisions(known.products)]


def _assembled(
    lines: OrderLines,
    ruled: Ruled,
    read: _Read,
    keys: tuple[pd.DataFrame, pd.DataFrame],
    metadata: Metadata | None = None,
) -> Input:
    files = tuple(
        FileReport(table.table.description, table.rows, table.table.skipped, file.match.absent)
        for file, table in read.files
    )
    tags, empty_tags, repeated_tags = raw.product_tags(read.columns_of(PRODUCTS))
    stores = raw.stores(read.columns_of(STORES))
    known_of = metadata or Metadata(tags, stores)
    cancelled = raw.identities(lines, ruled.cancelled)
    tables = RawTables(raw.order_items(lines, ruled.kept), known_of.product_tags, known_of.stores, *keys)
    report = ReadingReport(
        files=files,
        orders=orders_report(tables, ruled, order_lines=len(lines)),
        metadata=MetadataReport(
            empty_tags=empty_tags,
            repeated_tags=repeated_tags,
            repeated_stores=sum(table.rows for table in read.of(STORES)) - len(stores),
            text_stores=read.ids.stores.count,
            text_products=read.ids.products.count,
        ),
    )
    return Input(tables, report, cancelled)
