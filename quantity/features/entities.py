"""Stores and products with their attributes: what is known of an order before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from quantity.features.definitions import PRODUCT_ATTRIBUTES, STORE_ATTRIBUTES

if TYPE_CHECKING:
    from quantity.raw import RawTables


@dataclass(frozen=True)
class Entities:
    """Every known store and product: those with metadata and those with orders.

    Attributes:
        stores: ``store_id`` (ascending) and `STORE_ATTRIBUTES`, as text, missing where unknown.
        products: ``product_id`` (ascending) and `PRODUCT_ATTRIBUTES`, as text, missing where unknown.
    """

    stores: pd.DataFrame
    products: pd.DataFrame


def derive_entities(raw: RawTables) -> Entities:
    """Collect stores and products from the metadata and from the orders."""
    items = raw.order_items
    return entities_of(raw.stores, raw.product_tags, items["store_id"].to_numpy(), items["product_id"].to_numpy())


def entities_of(
    stores: pd.DataFrame, product_tags: pd.DataFrame, store_ids: np.ndarray, product_ids: np.ndarray
) -> Entities:
    """Collect stores and products.

    Args:
        stores: as of `RawTables`.
        product_tags: as of `RawTables`.
        store_ids: (n,) ids of the stores that have ordered; they may repeat.
        product_ids: (m,) ids of the products that were ordered.
    """
    attributes = pd.DataFrame(
        {
            "store_id": stores["store_id"],
            "store_type": stores["store_type"].astype("str"),
            "region_id": stores["region_id"].astype("string").astype("str"),
            "store_size": stores["store_size"].astype("str"),
        }
    )
    return Entities(
        stores=_complete(attributes, "store_id", store_ids, STORE_ATTRIBUTES),
        products=_complete(categorize(product_tags), "product_id", product_ids, PRODUCT_ATTRIBUTES),
    )


def categorize(product_tags: pd.DataFrame) -> pd.DataFrame:
    """Tell each product's category and sub-category by how many products carry its tags.

    The tag that most products carry is the category, the rarest the sub-category (of equals, the first and
    the last in alphabetical order); a single tag gives the sub-category ``Other <category>``.

    Args:
        product_tags: ``product_id`` and ``product_metadata``, one row a tag.

    Returns:
        One row a product: ``product_id``, ``category``, ``sub_category``.
    """
    tags = product_tags.drop_duplicates()
    # Without any tag the column is still text.
    carriers = tags["product_metadata"].map(tags["product_metadata"].value_counts()).astype("int64")
    ranked = tags.assign(carriers=-carriers).sort_values(["product_id", "carriers", "product_metadata"])
    by_product = ranked.groupby("product_id")["product_metadata"]
    products = pd.DataFrame({"category": by_product.first(), "sub_category": by_product.last()})
    single = by_product.size() == 1
    products.loc[single, "sub_category"] = "Other " + products.loc[single, "category"]
    return products.reset_index()


def _complete(known: pd.DataFrame, key: str, ordered: np.ndarray, attributes: tuple[str, ...]) -> pd.DataFrame:
    ids = np.union1d(known[key].to_numpy(np.int64), pd.unique(ordered).astype(np.int64))
    frame = known.set_index(key).reindex(ids)[list(attributes)].astype("str")
    return frame.rename_axis(key).reset_index()
