"""The raw tables, as frames with checked columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

FIRST_TEXT_ID = 2**30 + 1
"""Ids that are text get numbers from here on: 1,073,741,825."""

MOST_KEY_CHARACTERS = 64
"""Longest id that is text."""


@dataclass(frozen=True)
class Keys:
    """The numbers that text ids have got so far; they never change and are never given twice.

    Attributes:
        stores: by text, the store's number.
        products: by text, the product's number.
    """

    stores: Mapping[str, int]
    products: Mapping[str, int]


NO_KEYS = Keys(MappingProxyType({}), MappingProxyType({}))


def no_keys(kind: str) -> pd.DataFrame:
    """The keys of stores (``kind`` is ``store``) or products (``product``) whose ids are whole numbers: no rows."""
    return key_frame(kind, {})


def key_frame(kind: str, numbers: Mapping[str, int]) -> pd.DataFrame:
    """A row per text id: its number (int64) and the text."""
    # Frames take a second to import; the number of a text id is told without them.
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(
        {
            f"{kind}_id": pd.Series(list(numbers.values()), dtype="int64"),
            f"{kind}_key": pd.Series(list(numbers), dtype="str"),
        }
    )


def regions_of(labels: pd.Series[str]) -> pd.Series[int] | pd.Series[str]:
    """Regions as nullable ``Int64`` if all of them are numbers, else as they are."""
    are_numbers = labels.dropna().str.fullmatch("[0-9]{1,19}").all()
    return labels.astype("Int64") if are_numbers else labels


@dataclass(frozen=True)
class RawTables:
    """What the files, or the tables made of them, hold.

    Attributes:
        order_items: one row per order line: ``order_id, store_id, brand_id, product_id,
            product_variant_id``, ``quantity`` (cases), ``variant_case_price_cents`` (cents) and ``checkout_date``
            (``datetime64[s]``, midnight). Numbers are int64, or int32 where all of a column fit; brands and prices are
            nullable ``Int64`` where some are missing.
        product_tags: one row per product and category tag: ``product_id`` (int64),
            ``product_metadata`` (str).
        stores: one row per store: ``store_id`` (int64), ``store_type`` (str, may be missing),
            ``region_id`` (nullable ``Int64``, or str where one is a name), ``store_size`` (str, may be missing).
        store_keys: one row per store whose id is text: ``store_id`` (int64), ``store_key`` (str).
        product_keys: one row per product whose id is text: ``product_id`` (int64), ``product_key`` (str).
    """

    order_items: pd.DataFrame
    product_tags: pd.DataFrame
    stores: pd.DataFrame
    store_keys: pd.DataFrame = field(default_factory=lambda: no_keys("store"))
    product_keys: pd.DataFrame = field(default_factory=lambda: no_keys("product"))
