"""Workbooks give the text that a person would write."""

from __future__ import annotations

import datetime as dt
import gzip
import shutil
from typing import TYPE_CHECKING

import openpyxl  # type: ignore[import-untyped]
import pytest

from tests.support.orders.text_tables import read_table, refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ("PRODUCT_ID", "PRODUCT_METADATA")
Sheets = dict[str, "Sequence[Sequence[object]]"]


def workbook(path: Path, sheets: Sheets) -> Path:
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def test_values_become_text(tmp_path: Path) -> None:
    values = {
        12345: "12345",
        2.0: "2",
        4006381333931: "4006381333931",
        10.99: "10.99",
        0.00001: "0.00001",
        -3.5: "-3.5",
        "00123": "00123",
        "Caf\xe9\nbar": "Caf\xe9\nbar",
        dt.date(2025, 1, 6): "2025-01-06",
        dt.datetime.fromisoformat("2025-01-06 13:45:00"): "2025-01-06 13:45:00",
    }
    path = workbook(tmp_path / "products.xlsx", {"a": [HEADER, *((value, "x") for value in values)]})
    assert [row[0] for row in read_table(path).rows] == list(values.values())


def test_rows_of_nothing_are_skipped_and_the_lines_are_those_of_the_sheet(tmp_path: Path) -> None:
    rows = [(), HEADER, (1, "a"), (None, " "), (), (2, "b"), ("Total", None)]
    read = read_table(workbook(tmp_path / "products.xlsx", {"a": rows}))
    assert read.rows == [("1", "a"), ("2", "b")]
    assert read.lines == [3, 6]
    assert read.skipped.empty == 2
    assert read.faults == ["products.xlsx: line 7 is a row of sums (Total), no order line; remove it"]


def test_a_workbook_is_read_under_any_name_and_packed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "products.xlsx", {"a": [HEADER, (1, "a")]})
    renamed = tmp_path / "products.csv"
    shutil.copy(path, renamed)
    packed = tmp_path / "products.xlsx.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read_table(renamed).rows == read_table(packed).rows == [("1", "a")]
    assert read_table(renamed).description.notes == ("is named .csv and is XLSX: read as that",)
    assert (read_table(path).description.format, read_table(path).description.notes) == ("XLSX", ())


@pytest.mark.parametrize(
    "sheets",
    [
        {"Notes": [("made by", "me")], "Data": [HEADER, (1, "a")]},
        {"Empty": [], "Data": [HEADER, (1, "a")]},
        {"Copy": [HEADER, (2, "b")], "Products": [HEADER, (1, "a")]},
    ],
    ids=["has the header", "only one with data", "named like the file"],
)
def test_the_sheet_with_the_table_is_read(tmp_path: Path, sheets: Sheets) -> None:
    assert read_table(workbook(tmp_path / "products.xlsx", sheets)).rows == [("1", "a")]


@pytest.mark.parametrize(
    ("sheets", "told"),
    [
        (
            {"May": [HEADER, (1, "a")], "June": [HEADER, (2, "b")]},
            "has data on 2 sheets ('May', 'June'); keep the one ",
        ),
        ({"May": []}, "is empty; expected a header"),
        ({"May": [("Report of May",), HEADER, (1, "a")]}, "the header is on line 2, below a title ('Report of May')"),
        ({"May": [(1, "a"), (2, "b")]}, "has no header: line 1 holds values ('1, a')"),
    ],
)
def test_a_workbook_without_one_table_is_refused(tmp_path: Path, sheets: Sheets, told: str) -> None:
    path = workbook(tmp_path / "products.xlsx", sheets)
    assert refusal(path).startswith(f"products.xlsx: {told}")
