"""Parquet files give the text that a person would write."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.orders.text_tables import read_table

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.date(2025, 1, 6)
NOON = dt.datetime.fromisoformat("2025-01-06 12:30:00")


@pytest.mark.parametrize(
    ("values", "type_", "texts"),
    [
        ([7, 2**62], pa.int64(), ["7", str(2**62)]),
        ([7], pa.uint8(), ["7"]),
        ([7.0, 2.5, 1e-7, 1e20, float("nan")], pa.float64(), ["7", "2.5", "0.0000001", "1" + "0" * 20, ""]),
        ([0.1], pa.float32(), [None]),
        ([Decimal("12.30"), Decimal("0E-8")], pa.decimal128(20, 8), ["12.30000000", "0.00000000"]),
        ([DAY], pa.date32(), ["2025-01-06"]),
        ([DAY], pa.date64(), ["2025-01-06"]),
        ([NOON], pa.timestamp("ns"), ["2025-01-06 12:30:00"]),
        ([NOON], pa.timestamp("s"), ["2025-01-06 12:30:00"]),
        ([dt.datetime.fromisoformat("2025-01-06")], pa.timestamp("ms"), ["2025-01-06"]),
        ([NOON], pa.timestamp("us", "Europe/Berlin"), ["2025-01-06 13:30:00+01:00"]),
        (["x", "", " y "], pa.string(), ["x", "", " y "]),
        (["x"], pa.large_string(), ["x"]),
        ([b"x"], pa.binary(), ["x"]),
        (["x", "x"], pa.dictionary(pa.int8(), pa.string()), ["x", "x"]),
        ([True], pa.bool_(), ["True"]),
        ([["a", "b"]], pa.list_(pa.string()), ["['a', 'b']"]),
    ],
)
def test_values_become_text(tmp_path: Path, values: list[Any], type_: pa.DataType, texts: list[str | None]) -> None:
    rows = [*values, None]
    table = pa.table({"value": pa.array(rows, type_), "key": [str(row) for row in range(len(rows))]})
    pq.write_table(table, tmp_path / "products.parquet")
    found = [row[0] for row in read_table(tmp_path / "products.parquet").rows]
    if texts == [None]:
        assert float(found[0]) == pytest.approx(values[0])
    else:
        assert found == [*texts, ""]


def test_rows_of_nothing_are_skipped_and_the_lines_are_row_numbers(tmp_path: Path) -> None:
    table = pa.table(
        {
            "PRODUCT_ID": [None, 1, None, None, 2, 3],
            "note": ["x"] * 6,
            "PRODUCT_METADATA": [None, "a", " ", "", "b", ""],
        }
    )
    pq.write_table(table, tmp_path / "products.parquet", row_group_size=2)
    read = read_table(tmp_path / "products.parquet", positions=[2, 0])
    assert read.rows == [("a", "1"), ("b", "2"), ("", "3")]
    assert read.lines == [2, 5, 6]
    assert (read.skipped.empty, read.faults, read.description.format) == (3, [], "Parquet")


def test_a_parquet_file_is_read_under_any_name(tmp_path: Path) -> None:
    pq.write_table(pa.table({"PRODUCT_ID": [1]}), tmp_path / "products.csv")
    read = read_table(tmp_path / "products.csv")
    assert (read.rows, read.description.notes) == ([("1",)], ("is named .csv and is Parquet: read as that",))
