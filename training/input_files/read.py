"""Read and check the input files: orders, and products and stores if there are any."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from quantity.raw import NO_KEYS, RawTables
from training.input_files import tables as raw
from training.input_files.cells.dates import EPOCH, EXCEL
from training.input_files.cells.kinds import EntityCodes, cells_of
from training.input_files.checking.checked_table import CheckedTable
from training.input_files.checking.text_ids import Ids
from training.input_files.columns.mapping import MappingError, read_mapping
from training.input_files.columns.opening import open_tables
from training.input_files.find import find_input_files
from training.input_files.layout import ORDERS, PRODUCTS, STORES
from training.input_files.report import FileReport, MetadataReport, ReadingReport, orders_report
from training.input_files.rules.apply import apply_rules, future_problem
from training.input_files.rules.order_lines import OrderLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

    from quantity.raw import Keys
    from training.input_files.cells.cell import CellType
    from training.input_files.columns.opening import OpenedFile
    from training.input_files.layout import FileLayout
    from training.input_files.options import ReadingOptions

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
    """

    tables: RawTables
    report: ReadingReport


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
    _refuse(data_dir, files.problems)
    try:
        mapping = read_mapping(files.mapping) if files.mapping else {}
    except MappingError as error:
        raise InputFilesError(str(error)) from error
    opened, problems = open_tables(files, mapping, options.encoding)
    codes = EntityCodes()
    read = _read_tables(opened, cells_of(options, codes), progress)
    ids = _Ids.of(read, codes)
    ids.settle(always_text=options.ids == "text")
    _refuse(data_dir, [*problems, *_row_problems(read, options), *ids.contradictions()])
    _refuse(data_dir, ids.collisions(known))
    return _assembled(data_dir, read, ids, known, options)


def _refuse(data_dir: Path, problems: Iterable[str]) -> None:
    """Raise the problems, if there are any, in one error.

    Raises:
        InputFilesError: there are.
    """
    told = list(problems)
    if told:
        raise InputFilesError("\n".join([f"The files in {data_dir} cannot be used.", *told]))


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
    """The tables, read."""

    files: list[tuple[OpenedFile, CheckedTable]]

    def of(self, layout: FileLayout) -> list[CheckedTable]:
        """The tables of one layout."""
        return [table for file, table in self.files if file.layout is layout]

    def columns_of(self, layout: FileLayout) -> dict[str, list[pa.Array]]:
        """The columns of a layout that at most one file has."""
        tables = self.of(layout)
        return tables[0].columns if tables else {}


def _read_tables(opened: Iterable[OpenedFile], cells: Mapping[str, CellType], progress: Progress | None) -> _Read:
    """Read every file to its end, orders first."""
    files = [(file, CheckedTable(file.table, file.match.positions, cells)) for file in opened]
    for file, table in files:
        tell = partial(progress or _tell_nobody, table.name)
        tell(0.0)
        if file.match.positions:
            table.read(tell)
        tell(1.0)
    return _Read(files)


def _tell_nobody(_name: str, _share: float) -> None:
    pass


@dataclass(frozen=True)
class _Ids:
    """The ids of stores and of products."""

    stores: Ids
    products: Ids

    @classmethod
    def of(cls, read: _Read, codes: EntityCodes) -> _Ids:
        orders = read.of(ORDERS)
        return cls(
            Ids("STORE_ID", codes.stores, orders, read.of(STORES)),
            Ids("PRODUCT_ID", codes.products, orders, read.of(PRODUCTS)),
        )

    def settle(self, *, always_text: bool) -> None:
        """Decide which texts are ids."""
        self.stores.settle(always_text=always_text)
        self.products.settle(always_text=always_text)

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


def _row_problems(read: _Read, options: ReadingOptions) -> Iterator[str]:
    """What is wrong with the rows, file by file."""
    for file, table in read.files:
        table.settle(text_ids=options.ids == "text")
        yield from file.problems
        yield from table.problems()
        if file.layout is ORDERS and options.future == "refuse":
            yield from filter(None, [future_problem(table, options)])
    orders = read.of(ORDERS)
    if orders and not any(
        table.rows or table.has_faults or file.match.missing for file, table in read.files if file.layout is ORDERS
    ):
        yield f"{orders[0].name}: has a header but no rows"


def _assembled(data_dir: Path, read: _Read, ids: _Ids, known: Keys, options: ReadingOptions) -> Input:
    keys = ids.stores.replace(known.stores), ids.products.replace(known.products)
    files = tuple(
        FileReport(table.table.description, table.rows, table.table.skipped, file.match.absent)
        for file, table in read.files
    )
    lines = OrderLines.of(read.of(ORDERS))
    ruled = apply_rules(lines, options)
    _refuse(data_dir, ruled.problems)
    tags, empty_tags, repeated_tags = raw.product_tags(read.columns_of(PRODUCTS))
    stores = raw.stores(read.columns_of(STORES))
    tables = RawTables(raw.order_items(lines, ruled.kept), tags, stores, *keys)
    report = ReadingReport(
        files=files,
        orders=orders_report(tables, ruled, order_lines=len(lines)),
        metadata=MetadataReport(
            empty_tags=empty_tags,
            repeated_tags=repeated_tags,
            repeated_stores=sum(table.rows for table in read.of(STORES)) - len(stores),
            text_stores=ids.stores.count,
            text_products=ids.products.count,
        ),
    )
    return Input(tables, report)
