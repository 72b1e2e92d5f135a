"""The input files: their names and their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class FileLayout:
    """One kind of file.

    Attributes:
        name: its name as CSV; other formats have other endings.
        columns: its columns, as in the header.
        optional: columns that the file may do without; nothing is known of them then.
        omittable: columns that a mapping may leave out on purpose (``ORDER_ID: null``).
        key: column of which rows with the same value must not differ in the other columns.
    """

    name: str
    columns: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    omittable: frozenset[str] = frozenset()
    key: str | None = None


ORDERS: Final = FileLayout(
    "data_order.csv",
    (
        "ORDER_ID",
        "STORE_ID",
        "BRAND_ID",
        "PRODUCT_ID",
        "PRODUCT_VARIANT_ID",
        "QUANTITY",
        "VARIANT_CASE_PRICE_CENTS",
        "CHECKOUT_DATE",
    ),
    omittable=frozenset({"ORDER_ID", "BRAND_ID", "PRODUCT_VARIANT_ID", "VARIANT_CASE_PRICE_CENTS"}),
)
PRODUCTS: Final = FileLayout("data_metadata_product.csv", ("PRODUCT_ID", "PRODUCT_METADATA"))
STORES: Final = FileLayout(
    "data_metadata_store.csv",
    ("STORE_ID", "STORE_TYPE", "REGION_ID", "STORE_SIZE"),
    optional=frozenset({"STORE_TYPE", "REGION_ID", "STORE_SIZE"}),
    omittable=frozenset({"STORE_TYPE", "REGION_ID", "STORE_SIZE"}),
    key="STORE_ID",
)
IDENTITY: Final = ("ORDER_ID", "STORE_ID", "PRODUCT_ID", "PRODUCT_VARIANT_ID", "CHECKOUT_DATE")
"""What tells order lines apart; lines that have it in common are of one order, which adds them up."""

LAYOUTS: Final = (ORDERS, PRODUCTS, STORES)
COLUMNS: Final = frozenset(column for layout in LAYOUTS for column in layout.columns)
"""Every column that a file may hold, and a mapping may name."""
