"""The memory that a training takes, told before it begins."""

from __future__ import annotations

BYTES, BYTES_A_ROW, BYTES_A_LINE = 600_000_000, 1_000, 190
"""At the peak: for any training, for each order that is read, for each order line. Fitted to runs of 888,582 orders and
of ten million lines, a million of which were read."""


def memory_of_training(orders: int, lines: int, most_rows: int) -> int:
    """Resident memory at the peak, bytes.

    Args:
        orders: how many are published.
        lines: how many order lines they are made of.
        most_rows: how many orders are read, about; 0: all of them.
    """
    rows = min(orders, most_rows) if most_rows else orders
    return BYTES + BYTES_A_ROW * rows + BYTES_A_LINE * lines
