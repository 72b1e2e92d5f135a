"""The three CSV files: their names, their columns and what each cell may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from training.input_files.values import LARGEST_ID, LARGEST_INT64, CellType, IsoDate, Text, WholeNumber

_STORE_OR_PRODUCT_ID = WholeNumber(1, LARGEST_ID)
_OTHER_ID = WholeNumber(0, LARGEST_INT64)


@dataclass(frozen=True)
class FileLayout:
    """One CSV file.

    Attributes:
        name: file name, to which ``.gz`` may be added.
        columns: column name, as in the header, to what its cells hold.
        key: column of which rows with the same value must not differ in the other columns.
    """

    name: str
    columns: dict[str, CellType]
    key: str | None = None


ORDERS: Final = FileLayout(
    "data_order.csv",
    {
        "ORDER_ID": _OTHER_ID,
        "STORE_ID": _STORE_OR_PRODUCT_ID,
        "BRAND_ID": _OTHER_ID,
        "PRODUCT_ID": _STORE_OR_PRODUCT_ID,
        "PRODUCT_VARIANT_ID": _OTHER_ID,
        "QUANTITY": WholeNumber(1, LARGEST_ID),
        "VARIANT_CASE_PRICE_CENTS": WholeNumber(0, LARGEST_ID),
        "CHECKOUT_DATE": IsoDate(),
    },
)
PRODUCTS: Final = FileLayout(
    "data_metadata_product.csv",
    {"PRODUCT_ID": _STORE_OR_PRODUCT_ID, "PRODUCT_METADATA": Text()},
)
STORES: Final = FileLayout(
    "data_metadata_store.csv",
    {
        "STORE_ID": _STORE_OR_PRODUCT_ID,
        "STORE_TYPE": Text(),
        "REGION_ID": WholeNumber(0, LARGEST_INT64, required=False),
        "STORE_SIZE": Text(),
    },
    key="STORE_ID",
)
LAYOUTS: Final = (ORDERS, PRODUCTS, STORES)
