"""Rows, headers and files that cannot be read are told."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.orders.csv_files import (
    GOOD,
    ORDER_LINE,
    ORDERS,
    PRODUCTS,
    STORES,
    message,
    order_file,
    order_line,
    paragraphs,
    read,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_with_too_few_or_too_many_fields_are_told(folder: Path) -> None:
    write(folder, {ORDERS: order_file("1,2,3", ORDER_LINE, ORDER_LINE + ",9", order_line(QUANTITY="0"))})
    assert paragraphs(folder) == [
        f"{ORDERS}: expected 8 fields a row, as in the header\n  line 2: 3 found\n  line 4: 9 found",
        (
            f"{ORDERS}, column QUANTITY: expected a whole number from 1 to 2147483647\n  line 5: '0'\n"
            "  Returns and zeros: `--returns drop` sets these lines aside, `--returns net` subtracts them from the "
            "orders before (INPUT_RETURNS in .env)."
        ),
    ]


def test_a_missing_column_is_told_beside_the_header_found(folder: Path) -> None:
    write(folder, {ORDERS: GOOD[ORDERS].replace("QUANTITY", "QTY").replace("BRAND_ID", "BRAND")})
    (fault,) = paragraphs(folder)
    assert f"{ORDERS}: columns BRAND_ID, QUANTITY are missing" in fault
    assert "ORDER_ID,STORE_ID,BRAND,PRODUCT_ID" in fault


def test_a_column_that_stands_twice_is_told(folder: Path) -> None:
    write(folder, {PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA,product_id\n1,Fruit,2\n"})
    assert paragraphs(folder) == [f"{PRODUCTS}: column PRODUCT_ID stands 2 times in the header"]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
@pytest.mark.parametrize("file", [ORDERS, PRODUCTS, STORES])
def test_an_empty_file_is_told(folder: Path, file: str, text: str) -> None:
    write(folder, {file: text})
    (fault,) = paragraphs(folder)
    assert fault.startswith(f"{file}: is empty; expected a header with the columns ")


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_file_of_orders_without_rows_is_told(folder: Path, end: str) -> None:
    write(folder, {ORDERS: GOOD[ORDERS].splitlines()[0] + end})
    assert paragraphs(folder) == [f"{ORDERS}: has a header but no rows"]


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize(("file", "unknown"), [(PRODUCTS, "without_tags"), (STORES, "without_store")])
def test_metadata_without_rows_are_unknown_attributes(folder: Path, file: str, unknown: str, end: str) -> None:
    write(folder, {file: GOOD[file].splitlines()[0] + end})
    assert getattr(read(folder).report.orders, unknown) == 1


def test_missing_orders_are_told(folder: Path) -> None:
    (folder / ORDERS).unlink()
    (fault,) = paragraphs(folder)
    assert "holds no orders; expected data_order.csv" in fault


def test_orders_alone_are_enough(folder: Path) -> None:
    (folder / PRODUCTS).unlink()
    (folder / STORES).unlink()
    found = read(folder)
    assert (found.report.orders.without_tags, found.report.orders.without_store) == (1, 1)
    assert found.tables.product_tags.dtypes.astype(str).tolist() == ["int64", "str"]
    assert found.tables.stores.dtypes.astype(str).tolist() == ["int64", "str", "Int64", "str"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "nowhere" in message(tmp_path / "nowhere")


def test_a_file_both_plain_and_packed_is_told(folder: Path) -> None:
    (folder / f"{STORES}.gz").write_bytes(gzip.compress(GOOD[STORES].encode()))
    assert paragraphs(folder) == [f"{STORES}: stands beside {STORES}.gz; remove all but one"]


def damaged(text: bytes, kind: str) -> bytes:
    packed = gzip.compress(text)
    return {"truncated": packed[:-12], "garbled": packed[:30] + b"\0" * 40 + packed[70:]}[kind]


@pytest.mark.parametrize("kind", ["truncated", "garbled"])
def test_a_damaged_packed_file_is_told(folder: Path, kind: str) -> None:
    noise = np.random.default_rng(0).integers(1, 10**6, 20_000)
    text = "PRODUCT_ID,PRODUCT_METADATA\n" + "\n".join(f"{number},Fruit" for number in noise)
    (folder / PRODUCTS).unlink()
    (folder / f"{PRODUCTS}.gz").write_bytes(damaged(text.encode(), kind))
    (fault,) = paragraphs(folder)
    assert fault.startswith(f"{PRODUCTS}.gz: cannot be read: ")


@pytest.mark.parametrize("rows_after", [0, 3, 300_000])
def test_a_quote_that_is_never_closed_is_told(folder: Path, rows_after: int) -> None:
    write(folder, {PRODUCTS: f'{GOOD[PRODUCTS]}\n7,"Fruit\n' + "8,Fresh\n" * rows_after})
    assert paragraphs(folder) == [f"{PRODUCTS}: the quoted field that starts on line 5 is never closed"]
