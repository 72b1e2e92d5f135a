"""Own column names: the mapping, its faults, and the mapping that is proposed."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.support.orders.csv_files import GOOD, ORDERS, message, paragraphs, read, write

if TYPE_CHECKING:
    from pathlib import Path

OWN = "Customer No;SKU;Qty;Order Date;Unit Price;Note\n55;1866;12;2022-11-05;24,99;x\n56;1867;3;2022-11-06;3,50;y\n"
MAPPING = """\
STORE_ID: Customer No
PRODUCT_ID: sku
quantity: Qty
CHECKOUT_DATE: Order Date
VARIANT_CASE_PRICE_CENTS: Unit Price
ORDER_ID: null
BRAND_ID: null
PRODUCT_VARIANT_ID:
"""


def proposed(folder: Path) -> str:
    (fault,) = paragraphs(folder)
    return textwrap.dedent(fault[fault.index("wrong:\n") + 7 :])


def test_mapped_and_omitted_columns_are_read(folder: Path) -> None:
    write(folder, {ORDERS: OWN, "columns.yaml": MAPPING})
    items = read(folder, price_unit="units").tables.order_items
    assert items["store_id"].tolist() == [55, 56]
    assert items["variant_case_price_cents"].tolist() == [2499, 350]
    assert items["product_variant_id"].tolist() == items["product_id"].tolist()
    assert items["order_id"].tolist() == [0, 0]
    assert items["brand_id"].isna().all()


def test_the_report_tells_omitted_columns(folder: Path) -> None:
    write(folder, {ORDERS: OWN, "columns.yaml": MAPPING})
    told = list(read(folder, price_unit="units").report.lines())
    assert f"{ORDERS}: no column ORDER_ID, BRAND_ID, PRODUCT_VARIANT_ID: unknown" in told


def test_the_proposed_mapping_reads_the_file(folder: Path) -> None:
    write(folder, {ORDERS: OWN})
    write(folder, {"columns.yaml": proposed(folder)})
    assert read(folder, price_unit="units").tables.order_items["quantity"].tolist() == [12, 3]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
            "536365,85123A,WHITE HEART,6,2010-12-01 08:26,2.55,17850,United Kingdom",
            {"ORDER_ID": "InvoiceNo", "PRODUCT_ID": "StockCode", "STORE_ID": "CustomerID",
             "CHECKOUT_DATE": "InvoiceDate"},
        ),
        (
            "date,store_nbr,item_nbr,unit_sales,onpromotion",
            "2017-01-02,25,103665,7,False",
            {"STORE_ID": "store_nbr", "PRODUCT_ID": "item_nbr", "QUANTITY": "unit_sales", "CHECKOUT_DATE": "date"},
        ),
        (
            "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,week,transaction_timestamp",
            "900,330,31198570044,1095275,1,0.50,0.1,1,2017-01-01 11:53:26",
            {"ORDER_ID": "basket_id", "CHECKOUT_DATE": "transaction_timestamp", "VARIANT_CASE_PRICE_CENTS":
             "null  # left out: nothing like it found"},
        ),
        (
            "Customer ID,Product Type,SKU,Order Status,Unit Price,Quantity,Purchase Date",
            "1000,Smartphone,SKU1004,Cancelled,791.19,7,2024-03-20",
            {"STORE_ID": "Customer ID", "PRODUCT_ID": "SKU", "VARIANT_CASE_PRICE_CENTS": "Unit Price",
             "CHECKOUT_DATE": "Purchase Date", "ORDER_ID": "null  # left out: nothing like it found"},
        ),
        (
            "when,shop,article,pieces,paid",
            "2017-01-02,25,103665,7,3.99",
            {"STORE_ID": "shop", "PRODUCT_ID": "article", "QUANTITY": "pieces", "CHECKOUT_DATE": "when",
             "VARIANT_CASE_PRICE_CENTS": "paid"},
        ),
    ],
)  # fmt: skip
def test_names_of_usual_exports_are_proposed(folder: Path, header: str, row: str, expected: dict[str, str]) -> None:
    write(folder, {ORDERS: f"{header}\n{row}\n"})
    lines = dict(line.split(": ", 1) for line in proposed(folder).splitlines())
    assert {column: lines[column] for column in expected} == expected


def test_a_column_that_nothing_is_like_is_told_with_the_choices(folder: Path) -> None:
    write(folder, {ORDERS: GOOD[ORDERS].replace("STORE_ID", "x1").replace("BRAND_ID", "x2")})
    lines = proposed(folder).splitlines()
    assert lines == ["STORE_ID: ?  # write one of: x1, x2", "BRAND_ID: null  # left out: nothing like it found"]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("STORE: x\n", "columns.yaml: STORE: is no column of ours"),
        ("STORE_IDD: x\n", "did you mean STORE_ID?"),
        ("STORE_ID: kunde\n", "columns.yaml: STORE_ID: no file has a column 'kunde'; data_order.csv has Customer No"),
        ("STORE_ID: null\n", "columns.yaml: STORE_ID: must not be left out"),
        ("STORE_ID: [a, b]\n", "columns.yaml: STORE_ID: expected the name of one column"),
        ("STORE_ID: a\nSTORE_ID: b\n", "STORE_ID stands 2 times"),
        ("STORE_ID: SKU\nPRODUCT_ID: sku\n", "'SKU' is named 2 times"),
        ("- STORE_ID\n", "columns.yaml: expected a line a column"),
        ("STORE_ID: 'a\n", "columns.yaml: is no YAML"),
    ],
)
def test_a_faulty_mapping_is_told(folder: Path, mapping: str, told: str) -> None:
    write(folder, {ORDERS: OWN, "columns.yaml": mapping})
    assert told in message(folder)
