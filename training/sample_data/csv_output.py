"""Write the three CSV files, all or none of them."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from training.input_files.find import find_input_files
from training.input_files.layout import ORDERS, PRODUCTS, STORES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from quantity.raw import RawTables


def existing_files(folder: Path) -> list[Path]:
    """The files of a folder that are read, in whatever format, and tables under other names."""
    found = find_input_files(folder)
    return sorted([*found.paths, *(unknown.path for unknown in found.unknown)])


def write_csv_files(tables: RawTables, folder: Path, *, overwrite: bool = False) -> None:
    """Write the three CSV files; see `write_csv_stream`."""
    write_csv_stream([tables.order_items], tables.product_tags, tables.stores, folder, overwrite=overwrite)


def write_csv_stream(
    order_items: Iterable[pd.DataFrame],
    product_tags: pd.DataFrame,
    stores: pd.DataFrame,
    folder: Path,
    *,
    overwrite: bool = False,
) -> None:
    """Write the three CSV files, the order lines piece by piece.

    The files get their names only when all three are complete: an interrupted run leaves none.

    Args:
        order_items: the order lines in pieces, with the columns of `RawTables`.
        product_tags: as in `RawTables`.
        stores: as in `RawTables`.
        folder: made if need be.
        overwrite: replace the files that stand there and are read, in whatever format.

    Raises:
        FileExistsError: if one of the files stands there and ``overwrite`` is false.
    """
    folder.mkdir(parents=True, exist_ok=True)
    old = existing_files(folder)
    if old and not overwrite:
        raise FileExistsError(f"{', '.join(path.name for path in old)} already in {folder}")
    pieces = {ORDERS.name: order_items, PRODUCTS.name: [product_tags], STORES.name: [stores]}
    with TemporaryDirectory(prefix=".writing-", dir=folder) as unfinished:
        for name, frames in pieces.items():
            _write_csv(frames, Path(unfinished) / name)
        for name in pieces:
            (Path(unfinished) / name).replace(folder / name)
    for other in (path for path in find_input_files(folder).paths if path.name not in pieces):
        other.unlink()


def _write_csv(frames: Iterable[pd.DataFrame], path: Path) -> None:
    tables = (_to_arrow(frame) for frame in frames)
    first = next(tables)
    options = csv.WriteOptions(quoting_header="none")
    with csv.CSVWriter(path, first.schema, write_options=options) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def _to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Columns named as in the files, dates without a time."""
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
    columns = [column.cast(pa.date32()) if pa.types.is_timestamp(column.type) else column for column in table.columns]
    return pa.table(columns, names=[name.upper() for name in table.column_names])
