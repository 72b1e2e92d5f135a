"""Generated data has its properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from training.sample_data import synthetic
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from quantity.raw import RawTables

PAIR = ["store_id", "product_id"]


def test_generated_tables_have_the_number_of_rows_asked_for() -> None:
    for rows in (1, 7, 500, 4321):
        assert len(synthetic_tables(rows).order_items) == rows


@pytest.mark.parametrize(("weeks", "stores"), [(1, 1), (5, 2), (30, 40), (104, None)])
def test_any_period_and_number_of_stores_can_be_generated(weeks: int, stores: int | None) -> None:
    lines = synthetic_tables(2000, weeks=weeks, stores=stores).order_items
    assert len(lines) == 2000
    assert lines["checkout_date"].between("2024-12-30", "2024-12-29").sum() == 0
    assert lines["checkout_date"].max() <= pd.Timestamp(synthetic.LAST_DAY)
    assert lines["checkout_date"].min() > pd.Timestamp(synthetic.LAST_DAY) - pd.Timedelta(weeks=weeks)
    assert stores is None or lines["store_id"].max() <= stores


def test_the_same_seed_generates_the_same_and_another_seed_something_else() -> None:
    first, again, other = (synthetic_tables(2000, seed=seed).order_items for seed in (4, 4, 5))
    pd.testing.assert_frame_equal(first, again)
    assert not first["product_id"].equals(other["product_id"])


def test_quantities_are_whole_packs(generated: RawTables) -> None:
    lines = generated.order_items
    packs = synthetic.pack_of(lines["product_id"].to_numpy())
    assert set(packs) == {6, 12, 24}
    assert (lines["quantity"] % packs == 0).all()
    assert (lines["quantity"] > 0).all()


def test_fridays_orders_are_the_largest_and_sundays_the_smallest(generated: RawTables) -> None:
    lines = generated.order_items
    packs = lines["quantity"] / synthetic.pack_of(lines["product_id"].to_numpy())
    by_weekday = packs.groupby(lines["checkout_date"].dt.day_of_week).mean()
    assert by_weekday.idxmax() == 4
    assert by_weekday.idxmin() == 6


def test_a_pair_orders_at_most_once_a_week_and_lines_are_sorted(generated: RawTables) -> None:
    lines = generated.order_items
    week = (lines["checkout_date"] - pd.Timestamp("2020-01-06")).dt.days // 7
    assert not pd.concat([lines[PAIR], week], axis=1).duplicated().any()
    assert lines["checkout_date"].is_monotonic_increasing


@pytest.mark.parametrize("column", PAIR)
def test_new_stores_and_products_appear_in_the_second_half(generated: RawTables, column: str) -> None:
    lines = generated.order_items
    first = lines.groupby(column)["checkout_date"].min()
    middle = pd.Timestamp(synthetic.LAST_DAY) - pd.Timedelta(weeks=synthetic.WEEKS // 2)
    late = synthetic.LATE.matches(first.index.to_numpy())
    assert late.any()
    assert (first[late] > middle).all()
    assert (first[~late] <= middle).mean() > 0.9


def test_some_products_and_stores_have_no_or_little_metadata(generated: RawTables) -> None:
    products = generated.order_items["product_id"].unique()
    tags = generated.product_tags.groupby("product_id").size().reindex(products, fill_value=0)
    assert set(tags[synthetic.TAGLESS.matches(products)]) == {0}
    assert set(tags[synthetic.SINGLE_TAG.matches(products)]) == {1}
    assert set(tags) == {0, 1, 3}
    stores = generated.stores.set_index("store_id")
    assert set(generated.order_items["store_id"]) - set(stores.index)
    assert 0 < stores["store_type"].isna().sum() < len(stores)
    assert stores.isna().all(axis=1).sum() == stores["region_id"].isna().sum()


def test_the_most_carried_tag_is_the_category_and_the_rarest_the_shelf(generated: RawTables) -> None:
    tags = generated.product_tags
    carriers = tags["product_metadata"].map(tags["product_metadata"].value_counts())
    kind = tags["product_metadata"].str.split().str[0]
    mean = carriers.groupby(kind).mean()
    assert mean["Category"] > mean["Aisle"] > mean["Shelf"]


def test_histories_are_short_and_long(generated: RawTables) -> None:
    orders = generated.order_items.groupby(PAIR).size()
    assert (orders == 1).mean() > 0.05
    assert (orders > 40).mean() > 0.02


def test_generated_tables_have_the_types_of_the_raw_tables(generated: RawTables) -> None:
    assert generated.order_items.dtypes.astype(str).tolist() == ["int64"] * 7 + ["datetime64[s]"]
    assert generated.product_tags.dtypes.astype(str).tolist() == ["int64", "str"]
    assert generated.stores.dtypes.astype(str).tolist() == ["int64", "str", "Int64", "str"]
