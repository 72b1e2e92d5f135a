"""The median of repeated measurements, and how far they lie apart."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Spread:
    """Measurements of one thing.

    Attributes:
        median, low, high: of all of them.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """The spread of at least one value."""
        every = list(values)
        return cls(statistics.median(every), min(every), max(every))

    @classmethod
    def of_ratios(cls, values: Iterable[float], others: Iterable[float]) -> Spread:
        """The spread of ratios, each of two values of the same round."""
        return cls.of(value / other for value, other in zip(values, others, strict=True))

    def text(self, digits: int = 0) -> str:
        """The median, and the least and the greatest behind it."""
        return f"{self.median:,.{digits}f} ({self.low:,.{digits}f}-{self.high:,.{digits}f})"
