"""Good CSV files, to be spoilt, and what the reader says of them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from training.input_files.options import ReadingOptions
from training.input_files.read import Input, InputFilesError, read_input_files

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2026, 11, 28)

ORDERS = "data_order.csv"
PRODUCTS = "data_metadata_product.csv"
STORES = "data_metadata_store.csv"

ORDER_HEADER = (
    "ORDER_ID,STORE_ID,BRAND_ID,PRODUCT_ID,PRODUCT_VARIANT_ID,QUANTITY,VARIANT_CASE_PRICE_CENTS,CHECKOUT_DATE"
)
ORDER_CELLS = {
    "ORDER_ID": "9000000001",
    "STORE_ID": "55",
    "BRAND_ID": "7",
    "PRODUCT_ID": "1866",
    "PRODUCT_VARIANT_ID": "18661",
    "QUANTITY": "12",
    "VARIANT_CASE_PRICE_CENTS": "2499",
    "CHECKOUT_DATE": "2022-11-05",
}
ORDER_LINE = ",".join(ORDER_CELLS.values())
GOOD = {
    ORDERS: f"{ORDER_HEADER}\n{ORDER_LINE}\n",
    PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1866,Fruit\n1866,Fresh\n",
    STORES: "STORE_ID,STORE_TYPE,REGION_ID,STORE_SIZE\n55,Supermarket,3,Large\n",
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def order_line(**cells: str) -> str:
    return ",".join((ORDER_CELLS | cells).values())


def order_file(*lines: str) -> str:
    return "\n".join([ORDER_HEADER, *lines]) + "\n"


def many_lines(count: int = 40) -> list[str]:
    """Good order lines, each of another store, product, brand and variant."""
    names = ("ORDER_ID", "STORE_ID", "BRAND_ID", "PRODUCT_ID", "PRODUCT_VARIANT_ID")
    return [order_line(**dict.fromkeys(names, str(number))) for number in range(1, count + 1)]


def read(folder: Path, **options: Any) -> Input:
    return read_input_files(folder, ReadingOptions(**({"today": TODAY} | options)))


def message(folder: Path, **options: Any) -> str:
    with pytest.raises(InputFilesError) as caught:
        read(folder, **options)
    return str(caught.value)


def paragraphs(folder: Path, **options: Any) -> list[str]:
    """The faults of the message, one a paragraph, without the opening line."""
    faults: list[str] = []
    for line in message(folder, **options).splitlines()[1:]:
        if line.startswith("  "):
            faults[-1] += "\n" + line
        else:
            faults.append(line)
    return faults
