"""Rows of sums that reports end with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUMS: Final = frozenset(
    {"total", "totals", "grand_total", "subtotal", "sum", "summe", "gesamt", "totaal", "totale", "somme", "suma"}
)


def is_sum_row(fields: Sequence[str]) -> bool:
    """Whether a row, the last of a file, holds sums: it begins with a word for them, and has gaps."""
    words = ["_".join(field.strip(" \t:").lower().split()) for field in fields]
    return "" in words and next(filter(None, words), "") in _SUMS


def may_hold_sums(line: str) -> bool:
    """Whether a line has any word for sums; quick to say no."""
    return any(word in line.lower().replace(" ", "_") for word in _SUMS)
