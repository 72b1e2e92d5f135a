"""Which pairs are logged: a share of them, by a hash of store and product."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STORE_BITS = np.uint64(32)
_HASHES = 2**64


def is_logged(store_id: NDArray[np.int64], product_id: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """(n,) whether each of (n,) pairs belongs to a share of all pairs: the same ones in every process.

    A larger share holds all pairs of a smaller one.
    """
    if share >= 1:
        return np.ones(len(store_id), np.bool_)
    key = store_id.astype(np.uint64) << _STORE_BITS | product_id.astype(np.uint64)
    return _mixed(key) < np.uint64(int(share * _HASHES))


def _mixed(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """(n,) hashes of (n,) keys: the finalizer of SplitMix64 (Steele, Lea and Flood 2014)."""
    key = (key ^ key >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ key >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return key ^ key >> np.uint64(31)
