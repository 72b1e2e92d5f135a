"""Read and check the three CSV files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantity.raw import RawTables
from training.input_files import tables as csv_tables
from training.input_files.layout import LAYOUTS, ORDERS, PRODUCTS, STORES
from training.input_files.scan import FileScan, scan_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from training.input_files.layout import FileLayout

    Progress = Callable[[str, float], None]
    """Called with a file's name and the share of it read so far, 0 to 1."""


class CsvError(Exception):
    """The CSV files break their contract; the message tells the user where and how, in full."""


@dataclass(frozen=True)
class CsvInput:
    """The three CSV files, checked.

    Attributes:
        tables: what they hold. Order lines keep the file's order; a product's tag and a store stand once.
        rows: file name to number of data rows read.
        empty_tags: rows dropped because the tag is empty, which says no more than that the product exists.
        repeated_tags: rows dropped because an earlier row gives the product the same tag.
        repeated_stores: rows dropped because an earlier row says the same of the store.
        lines_without_tags: order lines, all kept, whose product has no tag.
        lines_without_store: order lines, all kept, whose store has no row in the stores file.
    """

    tables: RawTables
    rows: dict[str, int]
    empty_tags: int
    repeated_tags: int
    repeated_stores: int
    lines_without_tags: int
    lines_without_store: int


def read_csv_files(data_dir: Path, progress: Progress | None = None) -> CsvInput:
    """Read ``data_order``, ``data_metadata_product`` and ``data_metadata_store``, ``.csv`` or ``.csv.gz``.

    Columns may stand in any order and letter case, further columns are ignored. The text is UTF-8, with or
    without a byte order mark.

    Args:
        data_dir: the folder with the files.
        progress: called now and then with a file's name and the share of it read so far, 0 to 1.

    Raises:
        CsvError: naming the faults of all files: column, first lines, values, and what is expected.
    """
    if not data_dir.is_dir():
        raise CsvError(f"There is no folder {data_dir}; the CSV files are expected in it.")
    scans = {layout.name: _scan(data_dir, layout, progress) for layout in LAYOUTS}
    problems = [problem for scan in scans.values() for problem in scan.problems]
    if problems:
        raise CsvError("\n".join([f"The CSV files in {data_dir} cannot be used.", *problems]))
    return _assemble(scans)


def _scan(data_dir: Path, layout: FileLayout, progress: Progress | None) -> FileScan:
    plain, packed = data_dir / layout.name, data_dir / f"{layout.name}.gz"
    found = [path for path in (plain, packed) if path.exists()]
    if not found:
        return FileScan(problems=[f"{layout.name}: not found, and no {packed.name} either"])
    if len(found) > 1:
        return FileScan(problems=[f"{layout.name}: stands beside {packed.name}; remove one of the two"])

    def report(share: float) -> None:
        if progress is not None:
            progress(found[0].name, share)

    report(0.0)
    return scan_csv(found[0], layout, report)


def _assemble(scans: dict[str, FileScan]) -> CsvInput:
    rows = {name: scan.rows for name, scan in scans.items()}
    lines = csv_tables.order_items(scans[ORDERS.name].columns)
    tags, empty_tags, repeated_tags = csv_tables.product_tags(scans[PRODUCTS.name].columns)
    stores = csv_tables.stores(scans[STORES.name].columns)
    return CsvInput(
        tables=RawTables(order_items=lines, product_tags=tags, stores=stores),
        rows=rows,
        empty_tags=empty_tags,
        repeated_tags=repeated_tags,
        repeated_stores=rows[STORES.name] - len(stores),
        lines_without_tags=int((~lines["product_id"].isin(tags["product_id"])).sum()),
        lines_without_store=int((~lines["store_id"].isin(stores["store_id"])).sum()),
    )
