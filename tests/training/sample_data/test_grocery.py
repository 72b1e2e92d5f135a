"""The real shapes have their known figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from training.sample_data.grocery import cut, daily_lines, weekly_orders

if TYPE_CHECKING:
    from quantity.raw import RawTables
    from training.sample_data.grocery import Grocery

PAIR = ["store_id", "product_id"]


@pytest.fixture(scope="module")
def orders(grocery: Grocery) -> RawTables:
    return weekly_orders(grocery)


@pytest.fixture(scope="module")
def lines(grocery: Grocery) -> RawTables:
    return daily_lines(grocery)


def test_the_orders_shape_has_its_known_figures(orders: RawTables) -> None:
    items = orders.order_items
    assert len(items) == 888_582
    assert len(items[PAIR].drop_duplicates()) == 131_158
    assert items["quantity"].mean() == pytest.approx(2.135, abs=0.001)
    assert items["quantity"].quantile(0.99) == 12
    assert not items.duplicated([*PAIR, "checkout_date"]).any()
    assert set(items["checkout_date"].dt.day_of_week) == {6}


def test_the_lines_shape_has_its_known_figures(lines: RawTables) -> None:
    items = lines.order_items
    assert len(items) == 1_419_678
    assert len(items[PAIR].drop_duplicates()) == 628_000
    assert not items.duplicated([*PAIR, "checkout_date"]).any()


def test_both_shapes_hold_the_same_units_of_described_products(orders: RawTables, lines: RawTables) -> None:
    tags = lines.product_tags.groupby("product_id").size()
    described = lines.order_items["product_id"].map(tags).fillna(0) > 1
    units = lines.order_items.loc[described, "quantity"].sum()
    assert orders.order_items["quantity"].sum() == pytest.approx(units, rel=0.001)


def test_fuel_and_miscellaneous_departments_are_left_out(grocery: Grocery, lines: RawTables) -> None:
    departments = grocery.products.set_index("product_id")["department"]
    assert not set(departments) & {"FUEL", "MISCELLANEOUS"}
    undescribed = ~lines.order_items["product_id"].isin(departments.index)
    assert undescribed.sum() == 32


def test_tags_are_distinct_and_prices_are_cents(orders: RawTables, lines: RawTables) -> None:
    for tables in (orders, lines):
        assert not tables.product_tags.duplicated().any()
        prices = tables.order_items["variant_case_price_cents"]
        assert (prices >= 0).all()
        assert 100 < prices.median() < 500


def test_nothing_is_made_up_about_stores_but_the_region(orders: RawTables) -> None:
    stores = orders.stores
    assert stores["store_type"].isna().all()
    assert stores["store_size"].isna().all()
    assert (stores["region_id"] == stores["store_id"] // 1000).all()


def test_a_cut_keeps_the_last_weeks_of_the_busiest_stores_and_all_numbers(orders: RawTables) -> None:
    small = cut(orders, weeks=4, stores=5)
    last = orders.order_items["checkout_date"].max()
    kept = orders.order_items.merge(small.order_items)
    assert len(kept) == len(small.order_items) > 1000
    assert small.order_items["checkout_date"].nunique() == 4
    assert small.order_items["checkout_date"].max() == last
    assert set(small.stores["store_id"]) == set(small.order_items["store_id"])
    assert len(small.stores) == 5
    pd.testing.assert_frame_equal(small.product_tags, orders.product_tags)
