"""The buffer holds so many pairs, and counts exactly those that it cannot hold."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from api.prediction_log.buffer import REQUEST_PAIRS, Buffer
from tests.support.api.logged_pairs import answered
from tests.support.api.small_market import pairs

if TYPE_CHECKING:
    import pytest

    from api.prediction_log.buffer import Taken

LARGE = answered(pairs().ordered[:20])
SMALL = answered(pairs().ordered[:3])


def sizes(taken: Taken) -> list[int]:
    """How many pairs each request has."""
    assert len(taken.requests) == len(taken.pairs)
    return [request.pairs for request in taken.requests]


def test_answers_are_taken_once_and_in_their_order() -> None:
    buffer = Buffer()
    for answers in (SMALL, LARGE, SMALL):
        buffer.add(*answers)

    taken = buffer.take()
    assert taken.requests == [one.request for one in (SMALL, LARGE, SMALL)]
    assert sizes(taken) == [3, 20, 3]
    expected = [one.numbers for one in (SMALL, LARGE, SMALL)]
    np.testing.assert_array_equal(taken.numbers, np.concatenate(expected))
    assert sizes(buffer.take()) == []
    assert buffer.lost_pairs == 0


def test_what_is_taken_stays_as_it_is_while_others_come() -> None:
    buffer = Buffer()
    buffer.add(*SMALL)
    taken = buffer.take()
    before = taken.numbers.copy()
    buffer.add(*LARGE)

    np.testing.assert_array_equal(taken.numbers, before)


def test_what_finds_it_full_is_counted_and_what_still_fits_is_kept() -> None:
    buffer = Buffer(most_pairs=2 * (20 + REQUEST_PAIRS))
    for answers in (LARGE, LARGE, SMALL, LARGE):
        buffer.add(*answers)

    assert len(buffer.take().requests) == 2
    assert buffer.lost_pairs == 23
    buffer.add(*LARGE)
    assert len(buffer.take().requests) == 1


def test_requests_take_more_room_than_their_pairs() -> None:
    buffer = Buffer(most_pairs=5 * (3 + REQUEST_PAIRS))
    for _ in range(7):
        buffer.add(*SMALL)

    assert len(buffer.take().requests) == 5
    assert buffer.lost_pairs == 2 * 3


def test_no_answer_gets_lost_between_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = Buffer(most_pairs=1000)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            adding = [threads.submit(buffer.add, *SMALL) for _ in range(5000)]
            taken = sum(sum(sizes(buffer.take())) for _ in range(500))
            for done in adding:
                done.result()
    finally:
        sys.setswitchinterval(interval)

    assert taken + sum(sizes(buffer.take())) + buffer.lost_pairs == 5000 * 3
