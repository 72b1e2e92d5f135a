"""Bad files are told, and change nothing."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import inspect

from tests.support.orders.csv_files import (
    GOOD,
    ORDER_LINE,
    ORDERS,
    PRODUCTS,
    STORES,
    order_file,
    order_line,
    write,
)
from tests.support.publishing.preprocess_runs import Result, assert_refused, engine_of, everything
from training import preprocess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quantity.settings import Settings


QUANTITY = f"{ORDERS}, column QUANTITY"
BAD_FILES: dict[str, tuple[dict[str, str], list[str]]] = {
    "missing column": ({ORDERS: GOOD[ORDERS].replace("QUANTITY", "QTY")}, [ORDERS, "column QUANTITY is missing"]),
    "wrong header": ({STORES: "A,B,C,D\n1,2,3,4\n"}, [STORES, "column STORE_ID is missing", "columns.yaml"]),
    "column twice": ({PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA,PRODUCT_ID\n1,a,2\n"}, [PRODUCTS, "2 times"]),
    "bad date": (
        {ORDERS: order_file(ORDER_LINE, order_line(CHECKOUT_DATE="2022-02-30"))},
        [f"{ORDERS}, column CHECKOUT_DATE", "YYYY-MM-DD", "line 3: '2022-02-30'"],
    ),
    "date with two readings": (
        {ORDERS: order_file(order_line(CHECKOUT_DATE="05/11/2022"))},
        [f"{ORDERS}, column CHECKOUT_DATE", "line 2: '05/11/2022'", "--date-format"],
    ),
    "date in the future": (
        {ORDERS: order_file(order_line(CHECKOUT_DATE="2199-11-05"))},
        [f"{ORDERS}, column CHECKOUT_DATE", "line 2: 2199-11-05", "--future drop"],
    ),
    "no quantity": ({ORDERS: order_file(order_line(QUANTITY=""))}, [QUANTITY, "line 2: nothing"]),
    "zero": ({ORDERS: order_file(order_line(QUANTITY="0"))}, [QUANTITY, "line 2: '0'"]),
    "negative": ({ORDERS: order_file(ORDER_LINE, order_line(QUANTITY="-3"))}, [QUANTITY, "line 3: '-3'"]),
    "fraction": ({ORDERS: order_file(order_line(QUANTITY="1.5"))}, [QUANTITY, "line 2: '1.5'"]),
    "one id of letters": (
        {ORDERS: order_file(*(order_line(STORE_ID=store) for store in [*map(str, range(1, 30)), "S55"]))},
        [f"{ORDERS}, column STORE_ID", "line 31: 'S55'", "--ids text"],
    ),
    "fractional id": (
        {PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1.5,Fruit\n"},
        [f"{PRODUCTS}, column PRODUCT_ID", "line 2: '1.5'"],
    ),
    "stores contradict": (
        {STORES: f"{GOOD[STORES]}55,Kiosk,3,Large\n"},
        [f"{STORES}, column STORE_ID", "line 2", "line 3"],
    ),
    "too few fields": ({ORDERS: order_file("1,2,3")}, [ORDERS, "expected 8 fields", "line 2: 3 found"]),
    "open quote": ({PRODUCTS: 'PRODUCT_ID,PRODUCT_METADATA\n1,"Fruit\n'}, [PRODUCTS, "line 2", "never closed"]),
    "empty": ({STORES: ""}, [STORES, "is empty"]),
    "no rows": ({ORDERS: order_file()}, [ORDERS, "no rows"]),
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_bad_files_are_told_and_change_nothing(
    run: Callable[..., Result], loaded: Settings, files: Path, kind: str
) -> None:
    spoilt, told = BAD_FILES[kind]
    before = everything(loaded)
    write(files, spoilt)
    assert_refused(run(loaded, "--data-dir", str(files)), loaded, before, *told)


def test_text_that_is_not_of_the_given_encoding_is_told(
    run: Callable[..., Result], loaded: Settings, files: Path
) -> None:
    before = everything(loaded)
    (files / PRODUCTS).write_bytes("PRODUCT_ID,PRODUCT_METADATA\n1,Café\n".encode("latin-1"))
    result = run(loaded, "--data-dir", str(files), "--encoding", "utf-8")
    assert_refused(result, loaded, before, PRODUCTS, "line 2", "--encoding")


def test_a_damaged_packed_file_is_told(run: Callable[..., Result], loaded: Settings, files: Path) -> None:
    before = everything(loaded)
    (files / ORDERS).unlink()
    (files / f"{ORDERS}.gz").write_bytes(gzip.compress(GOOD[ORDERS].encode())[:-9])
    assert_refused(run(loaded, "--data-dir", str(files)), loaded, before, f"{ORDERS}.gz: cannot be read")


def test_a_folder_without_orders_is_told(run: Callable[..., Result], loaded: Settings, files: Path) -> None:
    before = everything(loaded)
    (files / ORDERS).unlink()
    assert_refused(run(loaded, "--data-dir", str(files)), loaded, before, "holds no orders", ORDERS)


def test_a_missing_folder_is_told(run: Callable[..., Result], loaded: Settings, files: Path) -> None:
    before = everything(loaded)
    assert_refused(run(loaded, "--data-dir", str(files / "nowhere")), loaded, before, "no folder", "nowhere")


def test_bad_files_leave_an_empty_database_empty(
    run: Callable[..., Result], database_settings: Settings, files: Path
) -> None:
    write(files, {ORDERS: order_file(order_line(QUANTITY="0"))})
    assert run(database_settings, "--data-dir", str(files)).code == preprocess.BAD_INPUT
    with engine_of(database_settings) as engine:
        assert inspect(engine).get_table_names() == []
