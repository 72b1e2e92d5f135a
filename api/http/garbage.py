"""Python's collector of cycles, set for a process whose requests make next to none."""

from __future__ import annotations

import gc

NEW_OBJECTS = 50_000
"""A collection begins after so many: some 250 requests of 100 pairs. By itself it would begin several times in each
of them."""


def collect_rarely() -> None:
    """Let more objects come together before each collection."""
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def leave_alone_what_stays() -> None:
    """Take everything that is in memory out of the collections to come: they would walk through it in vain."""
    gc.collect()
    gc.freeze()
