"""The range: conformal offsets on the log scale, one a segment."""

from __future__ import annotations

import numpy as np

from quantity.model.segments import SHAPE, segments, segments_with_enough

HALF_A_CASE = 0.5
"""A whole number of cases stands for the numbers that round to it."""

JUST_INSIDE = 1e-9
"""Half a case above a quantity rounds up and away from it: an end that is to cover it stops short of that."""

MIN_ORDERS = 300

MOVED_WORTH = 1_000
"""So many orders of a segment count as much as the step that all orders take."""


def outside(y: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(n,) how far both ends would have to move out for the rounded range to just cover each quantity.

    Args:
        y: (n,) cases.
        low: (n,) lower estimates, log(cases).
        high: (n,) upper estimates, log(cases).
    """
    distance: np.ndarray = np.maximum(low - np.log(y + HALF_A_CASE), np.log(y - HALF_A_CASE) - high)
    return distance + JUST_INSIDE


def conformal_offset(distance: np.ndarray, coverage: float) -> float:
    """How far both ends move out (or, negative, in) to cover ``coverage`` of unseen values.

    Conformalized quantile regression (Romano, Patterson & Candès 2019): the finite-sample quantile of how far
    each calibration value lies outside its range.

    Args:
        distance: (n,) from `outside`; minus infinity for values that are covered whatever the offset.
        coverage: the wanted share, between 0 and 1.

    Returns:
        The offset; 0 without calibration values, or where no offset is needed.
    """
    if not len(distance):
        return 0.0
    rank = int(np.ceil(coverage * (len(distance) + 1))) - 1
    offset = float(np.sort(distance)[min(rank, len(distance) - 1)])
    return offset if np.isfinite(offset) else -MOST_INWARDS


MOST_INWARDS = 3.0
"""Where the answers alone cover enough, the range closes on them."""


def offsets_by_segment(distance: np.ndarray, history: np.ndarray, size: np.ndarray, coverage: float) -> np.ndarray:
    """`SHAPE` offsets from (n,) distances and segments."""
    offsets = np.zeros(SHAPE)
    for segment, mask in segments(history, size, MIN_ORDERS):
        offsets[segment] = conformal_offset(distance[mask], coverage)
    return offsets


def moved_offsets(
    offsets: np.ndarray, distance: np.ndarray, history: np.ndarray, size: np.ndarray, coverage: float
) -> np.ndarray:
    """`SHAPE` offsets that follow newer orders: all take one step, then each is pulled to its own orders' offset.

    A segment's own orders of a few weeks are too few to replace its offset, and many segments have next to none;
    most of what moves coverage moves it everywhere.

    Args:
        offsets: `SHAPE` offsets that were learned before.
        distance: (n,) from `outside`; minus infinity for values that are covered whatever the offset.
        history: (n,) index into `HISTORY_LENGTHS`.
        size: (n,) index into `SIZES`.
        coverage: the wanted share, between 0 and 1.
    """
    step = conformal_offset(distance - offsets[history, size], coverage)
    moved: np.ndarray = offsets + step
    for segment, mask in segments_with_enough(history, size, MIN_ORDERS):
        own = mask.sum() / (mask.sum() + MOVED_WORTH)
        moved[segment] += own * (conformal_offset(distance[mask], coverage) - moved[segment])
    np.maximum(moved, -MOST_INWARDS, out=moved)
    return moved
