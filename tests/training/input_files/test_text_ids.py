"""Ids that are text: the same number in every run, or a typing error that is told."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quantity.raw import FIRST_TEXT_ID, NO_KEYS, Keys
from tests.support.orders.csv_files import (
    ORDERS,
    PRODUCTS,
    STORES,
    TODAY,
    many_lines,
    order_file,
    order_line,
    paragraphs,
    write,
)
from training.input_files.cells.id_text import are_id_texts, is_id_text
from training.input_files.options import ReadingOptions
from training.input_files.read import Input, read_input_files

if TYPE_CHECKING:
    from pathlib import Path

IDS = st.text(alphabet="ABCabc019-_#/é ", min_size=1, max_size=8).map(lambda text: f"K{text}".strip())


def read_with(folder: Path, known: Keys = NO_KEYS, **options: Any) -> Input:
    return read_input_files(folder, ReadingOptions(**({"today": TODAY} | options)), known)


def number_of(read: Input) -> dict[str, int]:
    keys = read.tables.product_keys
    return dict(zip(keys["product_key"], keys["product_id"], strict=True))


def products(folder: Path, ids: list[str]) -> None:
    write(folder, {ORDERS: order_file(*(order_line(PRODUCT_ID=text, ORDER_ID=str(n)) for n, text in enumerate(ids)))})


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.lists(IDS, min_size=1, max_size=6), second=st.lists(IDS, min_size=1, max_size=6))
def test_a_text_keeps_its_number_and_no_number_is_given_twice(
    folder: Path, first: list[str], second: list[str]
) -> None:
    products(folder, first)
    before = number_of(read_with(folder))
    products(folder, second)
    found = read_with(folder, Keys(MappingProxyType({}), before))
    after = number_of(found)
    assert after.items() >= before.items()
    assert set(after) == {*first, *second}
    assert sorted(after.values()) == list(range(FIRST_TEXT_ID, FIRST_TEXT_ID + len(after)))
    assert found.tables.order_items["product_id"].tolist() == [after[text] for text in second]


def test_metadata_share_the_numbers_of_the_orders(folder: Path) -> None:
    write(
        folder,
        {
            ORDERS: order_file(*(order_line(STORE_ID=f"S-{n}", PRODUCT_ID=f"P-{n}") for n in range(3))),
            PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\nP-0,Fruit\nP-1,Fruit\nP-2,Fish\nP-9,Fish\n",
            STORES: "STORE_ID,STORE_TYPE\nS-0,a\nS-1,b\nS-2,b\n",
        },
    )
    found = read_with(folder)
    assert (found.report.orders.without_tags, found.report.orders.without_store) == (0, 0)
    assert (found.report.metadata.text_stores, found.report.metadata.text_products) == (3, 4)


def test_numbers_stay_as_they_are_beside_texts(folder: Path) -> None:
    products(folder, ["7", "A-1", "07", "7.0"])
    assert read_with(folder).tables.order_items["product_id"].tolist() == [7, FIRST_TEXT_ID, 7, 7]


def test_case_and_leading_zeros_of_a_text_count(folder: Path) -> None:
    products(folder, ["a1", "A1", "00012345678905", "12345678905"])
    assert set(number_of(read_with(folder))) == {"a1", "A1", "00012345678905", "12345678905"}


def test_a_few_texts_among_numbers_are_typing_errors_unless_text_is_chosen(folder: Path) -> None:
    write(folder, {ORDERS: order_file(*many_lines(), order_line(PRODUCT_ID="1O1"))})
    (fault,) = paragraphs(folder)
    assert "line 42: '1O1'" in fault
    assert "`--ids text`" in fault
    assert number_of(read_with(folder, ids="text")) == {"1O1": FIRST_TEXT_ID}


@pytest.mark.parametrize("bad", ["-5", "1.5", "5.90123E+12", "", "NaN", "#N/A", "x" * 65, "1,5"])
def test_damaged_numbers_are_no_ids_even_where_ids_are_text(folder: Path, bad: str) -> None:
    products(folder, ["A-1", "A-2", f'"{bad}"'])
    (fault,) = paragraphs(folder, ids="text")
    assert "or text of at most 64 characters" in fault
    assert "line 4:" in fault


def test_whole_numbers_in_the_range_of_texts_are_told(folder: Path) -> None:
    products(folder, ["A-1", str(FIRST_TEXT_ID)])
    (fault,) = paragraphs(folder)
    assert f"line 3: {FIRST_TEXT_ID}" in fault


def test_other_ids_that_are_text_tell_lines_apart(folder: Path) -> None:
    lines = [order_line(ORDER_ID=f"#{n}", BRAND_ID="Acme", PRODUCT_VARIANT_ID=f"V{n}") for n in range(3)]
    write(folder, {ORDERS: order_file(*lines)})
    items, again = read_with(folder).tables.order_items, read_with(folder).tables.order_items
    assert items["order_id"].nunique() == 3
    assert items["brand_id"].nunique() == 1
    assert items.equals(again)


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=70), st.sampled_from(["1e5", "1.5E+3", "-1", "nan", "", "1.", "\ufffd"]))))
def test_the_same_texts_are_ids_one_by_one_and_as_a_column(texts: list[str]) -> None:
    assert are_id_texts(pa.array(texts, pa.string())).to_pylist() == [is_id_text(text) for text in texts]
