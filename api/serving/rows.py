"""What a row, and a rule, hold for people to read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import ATTRIBUTES, ROW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.online.layout import Rule


def named_row(row: np.ndarray, labels: Mapping[str, np.ndarray]) -> dict[str, float | str | None]:
    """A (f,) row by the names of its columns, attributes as text, None where a value is missing.

    Args:
        row: as the model reads it.
        labels: by attribute, what its codes stand for.
    """
    named: dict[str, float | str | None] = {}
    for name, value in zip(ROW, row.tolist(), strict=True):
        is_missing = math.isnan(value)
        if is_missing:
            named[name] = None
        else:
            named[name] = str(labels[name][int(value)]) if name in ATTRIBUTES else value
    return named


def packs_of(product_id: int, rule: Rule) -> list[int]:
    """The quantities that a product is really ordered in, ascending; empty where too few orders tell."""
    at = int(np.searchsorted(rule.products, product_id))
    if at == len(rule.products) or rule.products[at] != product_id:
        return []
    return [int(pack) for pack in rule.packs[rule.first[at] : rule.first[at + 1]]]
