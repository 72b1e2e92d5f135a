"""The three CSV files are read whatever their form."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.support.orders.csv_files import (
    GOOD,
    ORDER_CELLS,
    ORDER_LINE,
    ORDERS,
    PRODUCTS,
    STORES,
    TODAY,
    order_file,
    order_line,
    read,
    write,
)
from training.input_files.options import ReadingOptions
from training.input_files.read import Input, read_input_files
from training.sample_data.csv_output import write_csv_files
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from pathlib import Path


def assert_good(found: Input) -> None:
    line = found.tables.order_items.iloc[0]
    assert [int(line[name.lower()]) for name in list(ORDER_CELLS)[:-1]] == [
        int(cell) for cell in list(ORDER_CELLS.values())[:-1]
    ]
    assert line["checkout_date"] == pd.Timestamp("2022-11-05")
    assert found.tables.product_tags.to_numpy().tolist() == [[1866, "Fruit"], [1866, "Fresh"]]
    assert found.tables.stores.to_numpy().tolist() == [[55, "Supermarket", 3, "Large"]]


def test_good_files_are_read(folder: Path) -> None:
    found = read(folder)
    assert_good(found)
    assert found.report.rows == {ORDERS: 1, PRODUCTS: 2, STORES: 1}


def test_columns_have_the_types_of_the_raw_tables(folder: Path) -> None:
    tables = read(folder).tables
    # The id of the order has more than 32 bits.
    assert tables.order_items.dtypes.astype(str).tolist() == ["int64"] + ["int32"] * 6 + ["datetime64[s]"]
    assert tables.product_tags.dtypes.astype(str).tolist() == ["int64", "str"]
    assert tables.stores.dtypes.astype(str).tolist() == ["int64", "str", "Int64", "str"]


def test_columns_may_stand_in_any_order_and_letter_case_beside_others(folder: Path) -> None:
    order = pd.DataFrame([ORDER_CELLS]).rename(columns=str.lower)[[*map(str.lower, reversed(ORDER_CELLS))]]
    order.insert(2, "note", "caf\xe9")
    write(
        folder,
        {
            ORDERS: order.to_csv(index=False),
            PRODUCTS: ' Product_Metadata ,x,PRODUCT_ID,x\nFruit,"a,b",1866,\nFresh,,1866,2\n',
            STORES: "Store_Size,store_type,region_id,store_id\nLarge,Supermarket,3,55\n",
        },
    )
    assert_good(read(folder))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "x"])
def test_line_ends_and_byte_order_mark_do_not_matter(folder: Path, newline: str, start: str, end: str) -> None:
    for name, text in GOOD.items():
        kept = text if end else text.rstrip("\n")
        write(folder, {name: start + kept.replace("\n", newline)})
    assert_good(read(folder))


def test_packed_files_are_read(folder: Path) -> None:
    for name, text in GOOD.items():
        (folder / name).unlink()
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    assert_good(read(folder))


def test_generated_tables_come_back_as_they_were_written(tmp_path: Path) -> None:
    tables = synthetic_tables(20_000, seed=5)
    write_csv_files(tables, tmp_path)
    found = read(tmp_path, future_days=10_000).tables
    pd.testing.assert_frame_equal(found.order_items.astype(tables.order_items.dtypes), tables.order_items)
    pd.testing.assert_frame_equal(found.product_tags, tables.product_tags)
    pd.testing.assert_frame_equal(found.stores, tables.stores)


@pytest.mark.parametrize("cell", ["12", " 12 ", "12.0", "12.000", "012", '"12"', "\t12", "+12", "12\u00a0"])
def test_a_whole_number_may_be_written_in_these_ways(folder: Path, cell: str) -> None:
    write(folder, {ORDERS: order_file(order_line(QUANTITY=cell), ORDER_LINE)})
    assert read(folder).tables.order_items["quantity"].tolist() == [12, 12]


def test_ids_and_dates_reach_to_the_ends_of_their_ranges(folder: Path) -> None:
    lowest = dict.fromkeys(("ORDER_ID", "BRAND_ID", "PRODUCT_VARIANT_ID", "VARIANT_CASE_PRICE_CENTS"), "0")
    highest = {"STORE_ID": str(2**31 - 1), "ORDER_ID": f"{2**63 - 1}.0", "CHECKOUT_DATE": " 2024-02-29"}
    write(folder, {ORDERS: order_file(order_line(**lowest), order_line(**highest))})
    lines = read(folder).tables.order_items
    assert lines["order_id"].tolist() == [0, 2**63 - 1]
    assert lines["store_id"].max() == 2**31 - 1
    assert lines["checkout_date"].max() == pd.Timestamp("2024-02-29")


def test_empty_attributes_of_a_store_are_missing(folder: Path) -> None:
    write(folder, {STORES: "STORE_ID,STORE_TYPE,REGION_ID,STORE_SIZE\n55,, ,\n56, NA ,0,M\n"})
    stores = read(folder).tables.stores
    assert stores.isna().to_numpy().tolist() == [[False, True, True, True], [False] * 4]
    assert stores.iloc[1].tolist() == [56, "NA", 0, "M"]


def test_an_empty_tag_says_that_the_product_has_none(folder: Path) -> None:
    write(folder, {PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1866,\n1867, Fruit \n1868,  \n"})
    found = read(folder)
    assert found.tables.product_tags.to_numpy().tolist() == [[1867, "Fruit"]]
    orders = found.report.orders
    assert (found.report.metadata.empty_tags, orders.without_tags, orders.without_store) == (2, 1, 0)


def test_repeated_tags_and_stores_are_dropped_and_counted(folder: Path) -> None:
    write(
        folder,
        {
            PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1866,Fruit\n1866,Fruit \n1867,Fruit\n1866,Fresh\n",
            STORES: "STORE_ID,STORE_TYPE,REGION_ID,STORE_SIZE\n55,,3,\n56,,,\n55,,3.0,\n",
        },
    )
    found = read(folder)
    assert found.report.metadata.repeated_tags == 1
    assert found.report.metadata.repeated_stores == 1
    assert found.tables.product_tags["product_id"].tolist() == [1866, 1867, 1866]
    assert found.tables.stores["store_id"].tolist() == [55, 56]


def test_lines_without_metadata_are_kept_and_counted(folder: Path) -> None:
    write(folder, {ORDERS: order_file(ORDER_LINE, order_line(STORE_ID="56"), order_line(PRODUCT_ID="3"))})
    found = read(folder)
    assert len(found.tables.order_items) == 3
    assert (found.report.orders.without_tags, found.report.orders.without_store) == (1, 1)


def test_progress_goes_from_file_to_file_and_ends_at_one(folder: Path) -> None:
    calls: list[tuple[str, float]] = []
    read_input_files(folder, ReadingOptions(today=TODAY), progress=lambda file, share: calls.append((file, share)))
    assert dict(calls) == {ORDERS: 1.0, PRODUCTS: 1.0, STORES: 1.0}
