"""Pack quantities: the quantities that a product is really ordered in."""

from __future__ import annotations

import numpy as np

from quantity.features.ids import positions

MIN_ORDERS = 20
"""A product with fewer orders has no pack quantities: its answers are whole numbers near the estimate."""

FAR_ABOVE = 1.25
"""An estimate so many times the largest pack is not snapped to it."""


class PackQuantities:
    """Snaps an estimate to the quantities that make up a good share of a product's orders.

    Args:
        min_share: the share of a product's orders that a quantity needs to count as one of its packs.
    """

    def __init__(self, min_share: float) -> None:
        self.min_share = min_share

    def fit(self, product_id: np.ndarray, quantity: np.ndarray, weight: np.ndarray | None = None) -> PackQuantities:
        """Learn the packs.

        Args:
            product_id: (n,) product ids, one entry an order.
            quantity: (n,) cases.
            weight: (n,) how many orders each entry stands for; None: one.
        """
        products, product = np.unique(product_id, return_inverse=True)
        self._width = float(quantity.max()) + 2.0
        keys, entry = np.unique(product * self._width + quantity, return_inverse=True)
        of_key = (keys // self._width).astype(np.int64)
        frequency, orders = np.bincount(entry, weight), np.bincount(product, weight)[of_key]
        is_pack = (np.bincount(product)[of_key] >= MIN_ORDERS) & (frequency >= self.min_share * orders)
        self._products = products
        self._keys = keys[is_pack]
        return self

    @property
    def products(self) -> np.ndarray:
        """(p,) product ids that have orders, ascending."""
        return self._products

    @property
    def keys(self) -> np.ndarray:
        """(q,) a product's position in `products` times `width`, plus a pack's quantity; ascending."""
        return self._keys

    @property
    def width(self) -> float:
        """The distance of two products in `keys`: more than any quantity."""
        return self._width

    def snap(self, product_id: np.ndarray, estimate: np.ndarray) -> np.ndarray:
        """The pack nearest to each estimate; without packs, or far above the largest, the nearest whole number.

        Args:
            product_id: (n,) product ids.
            estimate: (n,) cases.

        Returns:
            (n,) whole numbers of cases, at least 1, as float64. Half way between two, the larger one.
        """
        whole = np.maximum(np.floor(estimate + 0.5), 1.0)
        if not len(self._keys):
            return whole
        product, known = positions(self._products, product_id)
        base = product * self._width
        after = np.searchsorted(self._keys, base + np.clip(estimate, 0.0, self._width - 1))
        lower, has_lower = self._neighbour(after - 1, base)
        upper, has_upper = self._neighbour(after, base)
        go_up = has_upper & (~has_lower | (estimate - lower >= upper - estimate))
        near = has_upper | (has_lower & (estimate <= FAR_ABOVE * lower))
        return np.where(known & near, np.where(go_up, upper, lower), whole)

    def _neighbour(self, at: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        quantity = self._keys[np.clip(at, 0, len(self._keys) - 1)] - base
        in_product = (at >= 0) & (at < len(self._keys)) & (quantity > 0) & (quantity < self._width)
        return quantity, in_product
