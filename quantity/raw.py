"""The three raw tables, as frames with checked columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RawTables:
    """What the three CSV files, or the tables made of them, hold.

    Attributes:
        order_items: one row per order line: ``order_id, store_id, brand_id, product_id,
            product_variant_id`` (int64), ``quantity`` (int64, cases), ``variant_case_price_cents``
            (int64, US cents) and ``checkout_date`` (``datetime64[s]``, midnight).
        product_tags: one row per product and category tag: ``product_id`` (int64),
            ``product_metadata`` (str).
        stores: one row per store: ``store_id`` (int64), ``store_type`` (str, may be missing),
            ``region_id`` (nullable ``Int64``), ``store_size`` (str, may be missing).
    """

    order_items: pd.DataFrame
    product_tags: pd.DataFrame
    stores: pd.DataFrame
