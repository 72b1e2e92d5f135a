"""The small market where stores and products have ids that are text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from quantity.online.keys import KeyIndex
from quantity.raw import FIRST_TEXT_ID
from tests.support.api.small_market import snapshot_in_memory

if TYPE_CHECKING:
    from api.serving.halves import SnapshotInMemory

GONE = "S-gone"
"""A store that only earlier files had."""


def store_text(number: int) -> str:
    return f"S-{number:03d}"


def product_text(number: int) -> str:
    return f"{5_012_345_000_000 + number}" if number % 2 else f"Ärtikel #{number}"


def text_snapshot() -> SnapshotInMemory:
    """The small market, its stores and products with text ids beside their numbers."""
    snapshot = snapshot_in_memory("text")
    features = snapshot.features
    stores, products = features.store_id, features.product_id
    keys = (
        KeyIndex.build([*map(store_text, stores.tolist()), GONE], np.append(stores, FIRST_TEXT_ID + 77)),
        KeyIndex.build([*map(product_text, products.tolist())], products),
    )
    return replace(snapshot, features=replace(features, store_keys=keys[0], product_keys=keys[1]))
