"""Sums of floating-point numbers that do not depend on the order in which they are added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from quantity.features.timeline import Floats, Ints

_COARSE = 2.0**26
"""Parts per unit of the first of a number's two parts: they add up exactly to 2^27 = 134,217,728."""

_FINE = 2.0**53
"""Parts per unit of the second, which is at most 2^-27: 2^27 of them add up exactly."""


class ExactSums:
    """Many sums side by side, each exact, so that pieces of the data may be added up in any order and merged.

    Each number is split into a whole number of coarse units and a rest in fine units; float64 adds up either without
    rounding (pre-rounding, Demmel & Nguyen 2013). Beyond 134 million a sum is rounded as usual.

    Args:
        size: how many sums.
    """

    def __init__(self, size: int) -> None:
        self._high, self._low = np.zeros(size), np.zeros(size)

    @classmethod
    def of_parts(cls, high: Floats, low: Floats) -> ExactSums:
        """Sums whose (size,) parts were added up elsewhere (`parts`)."""
        sums = cls(0)
        sums._high, sums._low = high, low
        return sums

    @property
    def parts(self) -> tuple[Floats, Floats]:
        """(size,) two parts of each sum; those of several pieces of the data add up exactly."""
        return self._high, self._low

    def place(self, at: Ints, part: int, values: Floats) -> None:
        """Set a part, 0 or 1 as in `parts`, of the sums at (m,) positions to (m,) values."""
        self.parts[part][at] = values

    def add(self, at: Ints, values: Floats) -> None:
        """Add (m,) values to the sums at (m,) positions, which may repeat."""
        high = np.rint(values * _COARSE) / _COARSE
        low = np.rint((values - high) * _FINE) / _FINE
        np.add.at(self._high, at, high)
        if low.any():
            np.add.at(self._low, at, low)

    def add_sums(self, at: Ints, sums: ExactSums, rows: Ints) -> None:
        """Add other sums, those of (m,) positions, to the ones at (m,) positions."""
        np.add.at(self._high, at, sums._high[rows])
        np.add.at(self._low, at, sums._low[rows])

    @property
    def totals(self) -> Floats:
        """(size,) the sums, rounded once."""
        return self._high + self._low
