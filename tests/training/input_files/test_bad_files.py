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
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_with_too_few_or_too_many_fields_are_told(folder: Path) -> None:
    write(folder, {ORDERS: order_file("1,2,3", ORDER_LINE, ORDER_LINE + ",9", order_line(QUANTITY="0"))})
    assert paragraphs(folder) == [
        f"{ORDERS}: expected 8 fields a row, as in the header\n  line 2: 3 found\n  line 4: 9 found",
        f"{ORDERS}, column QUANTITY: expected a whole number from 1 to 2147483647\n  line 5: '0'",
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
@pytest.mark.parametrize("file", [ORDERS, PRODUCTS, STORES])
def test_a_file_without_rows_is_told(folder: Path, file: str, end: str) -> None:
    write(folder, {file: GOOD[file].splitlines()[0] + end})
    assert paragraphs(folder) == [f"{file}: has a header but no rows"]


@pytest.mark.parametrize("file", [ORDERS, PRODUCTS, STORES])
def test_a_missing_file_is_told(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert paragraphs(folder) == [f"{file}: not found, and no {file}.gz either"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "There is no folder" in message(tmp_path / "nowhere")


def test_a_file_both_plain_and_packed_is_told(folder: Path) -> None:
    (folder / f"{STORES}.gz").write_bytes(gzip.compress(GOOD[STORES].encode()))
    assert paragraphs(folder) == [f"{STORES}: stands beside {STORES}.gz; remove one of the two"]


def damaged(text: bytes, kind: str) -> bytes:
    packed = gzip.compress(text)
    return {"not packed": text, "truncated": packed[:-12], "garbled": packed[:30] + b"\0" * 40 + packed[70:]}[kind]


@pytest.mark.parametrize("kind", ["not packed", "truncated", "garbled"])
def test_a_damaged_packed_file_is_told(folder: Path, kind: str) -> None:
    noise = np.random.default_rng(0).integers(1, 10**6, 20_000)
    text = "PRODUCT_ID,PRODUCT_METADATA\n" + "\n".join(f"{number},Fruit" for number in noise)
    (folder / PRODUCTS).unlink()
    (folder / f"{PRODUCTS}.gz").write_bytes(damaged(text.encode(), kind))
    (fault,) = paragraphs(folder)
    assert fault.startswith(f"{PRODUCTS}.gz: cannot be read: ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_file_in_another_encoding_is_told(folder: Path, encoding: str) -> None:
    (folder / STORES).write_bytes(GOOD[STORES].encode(encoding))
    assert paragraphs(folder) == [f"{STORES}: is not UTF-8 text"]


@pytest.mark.parametrize("rows_after", [0, 3, 300_000])
def test_a_quote_that_is_never_closed_is_told(folder: Path, rows_after: int) -> None:
    write(folder, {PRODUCTS: f'{GOOD[PRODUCTS]}\n7,"Fruit\n' + "8,Fresh\n" * rows_after})
    assert paragraphs(folder) == [f"{PRODUCTS}: the quoted field that starts on line 5 is never closed"]
