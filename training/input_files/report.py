"""What was read: one report, to print and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.table import Table

from training.input_files.rules.oddities import distinct_days

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from rich.console import Console

    from quantity.raw import RawTables
    from training.input_files.rules.apply import Ruled
    from training.input_files.text_table import FileDescription, SkippedRows


@dataclass(frozen=True)
class FileReport:
    """A file as it was read.

    Attributes:
        description: its format.
        rows: data rows read.
        skipped: rows of nothing that were left out, and rows with an extra empty field.
        absent: columns of the layout that it does without.
    """

    description: FileDescription
    rows: int
    skipped: SkippedRows
    absent: tuple[str, ...] = ()

    def notes(self) -> Iterator[str]:
        """What the reader should know of the file, a sentence each."""
        yield from self.description.notes
        if self.skipped.empty:
            yield f"{_rows(self.skipped.empty)} of nothing left out"
        if self.skipped.trailing:
            yield f"{_rows(self.skipped.trailing)} read without an extra empty field at the end"
        if self.absent:
            yield f"no column {', '.join(self.absent)}: unknown"


@dataclass(frozen=True)
class Counted:
    """Order lines that have something in common.

    Attributes:
        what: it, in words.
        lines: their number.
        first: the first of them: file, line and value.
    """

    what: str
    lines: int
    first: tuple[str, ...] = ()

    def __str__(self) -> str:
        more = ", …" if self.lines > len(self.first) else ""
        return f"{self.what}: {_lines(self.lines)}" + (f" ({'; '.join(self.first)}{more})" if self.first else "")


@dataclass(frozen=True)
class OrdersReport:
    """The order lines of all files.

    Attributes:
        read: order lines read.
        kept: of these, the ones that are not set aside.
        first_date: of the lines kept; None where there are none.
        last_date: likewise.
        days: number of days with orders.
        set_aside: lines that are not used, by reason.
        odd: lines that are used and look like errors.
        notes: further sentences.
        future: lines that are set aside for being dated after today.
        repeated: lines that are the same as an earlier one, however dealt with.
        without_tags: lines, all kept, whose product has no tag.
        without_store: lines, all kept, whose store has no row in the stores file.
        without_price: lines, all kept, whose price is missing.
    """

    read: int
    kept: int
    first_date: dt.date | None
    last_date: dt.date | None
    days: int
    set_aside: tuple[Counted, ...] = ()
    odd: tuple[Counted, ...] = ()
    notes: tuple[str, ...] = ()
    future: int = 0
    repeated: int = 0
    without_tags: int = 0
    without_store: int = 0
    without_price: int = 0

    def lines(self) -> Iterator[str]:
        """What is worth a line."""
        kept = "all kept" if self.kept == self.read else f"{self.kept:,} kept"
        days = "1 day with orders" if self.days == 1 else f"{self.days:,} days with orders"
        dates = f", {self.first_date} to {self.last_date}, {days}" if self.days else ""
        yield f"{_lines(self.read, 'order line')} read, {kept}{dates}"
        yield from (f"set aside: {counted}" for counted in self.set_aside)
        yield from self.notes
        yield from (f"looks odd: {counted}" for counted in self.odd)
        counts = {
            "of products without a tag": self.without_tags,
            "of stores without a row in the stores file": self.without_store,
            "without a price": self.without_price,
        }
        yield from (f"{_lines(count, 'order line')} {what}" for what, count in counts.items() if count)


@dataclass(frozen=True)
class MetadataReport:
    """Stores, products and tags.

    Attributes:
        empty_tags: rows dropped because the tag is empty, which says no more than that the product exists.
        repeated_tags: rows dropped because an earlier row gives the product the same tag.
        repeated_stores: rows dropped because an earlier row says the same of the store.
        text_stores: stores whose id is text.
        text_products: products whose id is text.
    """

    empty_tags: int = 0
    repeated_tags: int = 0
    repeated_stores: int = 0
    text_stores: int = 0
    text_products: int = 0

    def lines(self) -> Iterator[str]:
        """What is worth a line."""
        counts = {
            "stores whose id is text": self.text_stores,
            "products whose id is text": self.text_products,
            "rows with an empty tag, dropped": self.empty_tags,
            "repeated tags, dropped": self.repeated_tags,
            "repeated stores, dropped": self.repeated_stores,
        }
        yield from (f"{what}: {count:,}" for what, count in counts.items() if count)


@dataclass(frozen=True)
class ReadingReport:
    """What was read, set aside, and looks odd."""

    files: tuple[FileReport, ...]
    orders: OrdersReport
    metadata: MetadataReport

    @property
    def rows(self) -> dict[str, int]:
        """File name to number of data rows read."""
        return {file.description.name: file.rows for file in self.files}

    def as_json(self) -> dict[str, Any]:
        """The report in JSON's types."""
        content: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return content

    def print(self, console: Console) -> None:
        """Print the files as a table, and below it what is worth a line."""
        table = Table("file", "read as", "rows")
        for file in self.files:
            table.add_row(file.description.name, _format_of(file.description), f"{file.rows:,}")
        console.print(table)
        for line in self.lines():
            console.print(line, soft_wrap=True)

    def lines(self) -> Iterator[str]:
        """What is worth a line, in order of reading."""
        for file in self.files:
            yield from (f"{file.description.name}: {note}" for note in file.notes())
        yield from self.orders.lines()
        yield from self.metadata.lines()


def orders_report(tables: RawTables, ruled: Ruled, *, order_lines: int) -> OrdersReport:
    """Sum up the order lines.

    Args:
        tables: the lines kept, stores and tags.
        ruled: what the rules say.
        order_lines: number of lines read.
    """
    items = tables.order_items
    days = distinct_days(items["checkout_date"].to_numpy("datetime64[D]").astype(np.int64)).astype("datetime64[D]")
    return OrdersReport(
        read=order_lines,
        kept=len(items),
        first_date=days[0].item() if len(days) else None,
        last_date=days[-1].item() if len(days) else None,
        days=len(days),
        set_aside=tuple(ruled.set_aside),
        odd=tuple(ruled.odd),
        notes=tuple(ruled.notes),
        future=ruled.future,
        repeated=ruled.repeated,
        without_tags=int((~items["product_id"].isin(tables.product_tags["product_id"])).sum()),
        without_store=int((~items["store_id"].isin(tables.stores["store_id"])).sum()),
        without_price=int(items["variant_case_price_cents"].isna().sum()),
    )


def _format_of(file: FileDescription) -> str:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
    parts = [file.format, file.compression, file.encoding, names.get(file.delimiter, file.delimiter)]
    return ", ".join(part for part in parts if part)


def _rows(count: int) -> str:
    return f"{count:,} row" if count == 1 else f"{count:,} rows"


def _lines(count: int, noun: str = "line") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
