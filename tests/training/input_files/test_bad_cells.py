"""Every bad cell is told with file, column, line and value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.orders.csv_files import (
    GOOD,
    ORDER_LINE,
    ORDERS,
    PRODUCTS,
    STORES,
    many_lines,
    message,
    order_file,
    order_line,
    paragraphs,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


NOT_WHOLE = ["1.5", "abc", "", "  ", "-1", "1e3", "NaN", "inf", "0x1F", "1,000", "1 000", "+-5", "5.", "٣"]
BAD_CELLS = [
    *[("QUANTITY", cell, "a whole number from 1 to 2147483647") for cell in [*NOT_WHOLE, "0", "0.0"]],
    *[("STORE_ID", cell, "a whole number from 1 to 2147483647") for cell in [*NOT_WHOLE, "0", str(2**31)]],
    *[("PRODUCT_ID", cell, "a whole number from 1 to 2147483647") for cell in ("0", "1.5", "", "9" * 30)],
    *[("ORDER_ID", cell, f"a whole number from 0 to {2**63 - 1}") for cell in ("-1", "1.5", str(2**63))],
    *[("BRAND_ID", cell, f"a whole number from 0 to {2**63 - 1}") for cell in ("x", "-1")],
    *[("PRODUCT_VARIANT_ID", cell, f"a whole number from 0 to {2**63 - 1}") for cell in ("", "1e3")],
    *[("VARIANT_CASE_PRICE_CENTS", cell, "a whole number from 0 to") for cell in ("-1", "24.99", "$5")],
    *[
        ("CHECKOUT_DATE", cell, "a date YYYY-MM-DD")
        for cell in (
            *("2022-02-30", "2023-02-29", "2022-13-01", "05/11/2022", "2022-1-5", "20221305", "2022-W44-6"),
            *("2022-11-05 24:00:00", "2022-11-05T00:61", "", "today", "0022-11-05", "9999-12-31", "NaT"),
        )
    ],
]


@pytest.mark.parametrize(("column", "cell", "expected"), BAD_CELLS)
def test_a_bad_cell_is_told_with_file_column_line_and_value(
    folder: Path, column: str, cell: str, expected: str
) -> None:
    bad = order_line(**{column: f'"{cell}"'})
    write(folder, {ORDERS: order_file(ORDER_LINE, bad, *many_lines())})
    (fault,) = paragraphs(folder)
    title, line, *advice = fault.splitlines()
    assert title.startswith(f"{ORDERS}, column {column}: expected {expected}")
    assert line == f"  line 3: {repr(cell) if cell.strip() else 'nothing'}"
    assert len(advice) <= 1


@pytest.mark.parametrize(
    ("file", "row", "column", "expected"),
    [
        (PRODUCTS, "x1,Fruit", "PRODUCT_ID", "a whole number from 1 to 2147483647"),
        (PRODUCTS, f"1,{'long' * 64}", "PRODUCT_METADATA", "text of at most 255 characters"),
        (STORES, "0,A,1,B", "STORE_ID", "a whole number from 1 to 2147483647"),
        (STORES, "7,A,1.5,B", "REGION_ID", f"a whole number from 0 to {2**63 - 1}, or a name, or nothing"),
        (STORES, "7,A,NaN,B", "REGION_ID", f"a whole number from 0 to {2**63 - 1}, or a name, or nothing"),
        (STORES, f"7,A,{2**63},B", "REGION_ID", f"a whole number from 0 to {2**63 - 1}, or a name, or nothing"),
        (STORES, f"7,{'t' * 256},1,B", "STORE_TYPE", "text of at most 255 characters"),
    ],
)
def test_a_bad_cell_of_the_metadata_is_told(folder: Path, file: str, row: str, column: str, expected: str) -> None:
    write(folder, {file: f"{GOOD[file]}{row}\n"})
    (fault,) = paragraphs(folder)
    assert fault.startswith(f"{file}, column {column}: expected {expected}\n  line {GOOD[file].count(chr(10)) + 1}:")


def test_five_lines_are_named_and_the_others_counted(folder: Path) -> None:
    bad = [order_line(QUANTITY=str(-number)) for number in range(8)]
    write(folder, {ORDERS: order_file(ORDER_LINE, *bad)})
    (fault,) = paragraphs(folder)
    assert [line.strip() for line in fault.splitlines()[1:-1]] == [
        *[f"line {3 + number}: '{-number}'" for number in range(5)],
        "and 3 more lines",
    ]


def test_a_long_value_is_cut_in_the_message(folder: Path) -> None:
    write(folder, {ORDERS: order_file(order_line(QUANTITY="9" * 5000))})
    assert len(message(folder)) < 500


def test_all_faults_of_all_files_stand_in_one_error(folder: Path) -> None:
    write(
        folder,
        {
            ORDERS: order_file(order_line(QUANTITY="0", CHECKOUT_DATE="x"), "1,2,3"),
            PRODUCTS: "PRODUCT_ID,TAG\nx,Fruit\n",
            STORES: f"{GOOD[STORES]}55,Kiosk,3,Large\n",
        },
    )
    titles = [fault.splitlines()[0] for fault in paragraphs(folder)]
    assert [title.split(":")[0] for title in titles] == [
        ORDERS,
        f"{ORDERS}, column QUANTITY",
        f"{ORDERS}, column CHECKOUT_DATE",
        PRODUCTS,
        f"{PRODUCTS}, column PRODUCT_ID",
        f"{STORES}, column STORE_ID",
    ]


def test_stores_that_contradict_themselves_are_told(folder: Path) -> None:
    write(folder, {STORES: f"{GOOD[STORES]}56,A,1,B\n\n55,Supermarket,3,Large\n55,Supermarket,4,Large\n"})
    (fault,) = paragraphs(folder)
    title, *lines = fault.splitlines()
    assert title == f"{STORES}, column STORE_ID: expected each STORE_ID once, or the same values again"
    assert lines == ["  line 2: '55'", "  line 6: '55'"]
