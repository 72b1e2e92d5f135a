"""Categories come from the products' tags; without any there are none."""

from __future__ import annotations

import pandas as pd

from quantity.features.entities import categorize


def tags(*rows: tuple[int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["product_id", "product_metadata"])
    return frame.astype({"product_id": "int64", "product_metadata": "str"})


def test_the_commonest_tag_is_the_category_and_the_rarest_the_sub_category() -> None:
    products = categorize(tags((1, "Fruit"), (1, "Apples"), (2, "Fruit")))
    assert products.to_dict("list") == {
        "product_id": [1, 2],
        "category": ["Fruit", "Fruit"],
        "sub_category": ["Apples", "Other Fruit"],
    }


def test_without_tags_no_product_has_a_category() -> None:
    assert categorize(tags()).empty
