"""The thread that polls, and when a version that failed is tried again."""

from __future__ import annotations

import threading
import time

from api.loading.timing import Backoff, Poller
from tests.support.api.clock import Clock

DEADLINE = 10.0


def test_it_works_at_once_and_again_and_again() -> None:
    calls = threading.Semaphore(0)
    poller = Poller("test", calls.release, seconds=0.001)
    poller.start()
    try:
        assert all(calls.acquire(timeout=DEADLINE) for _ in range(3))
    finally:
        poller.stop()
        assert poller.join()


def test_it_stops_without_waiting_for_the_next_poll() -> None:
    called = threading.Event()
    poller = Poller("test", called.set, seconds=3600)
    poller.start()
    assert called.wait(DEADLINE)

    started = time.monotonic()
    poller.stop()
    assert poller.join()
    assert time.monotonic() - started < DEADLINE


def test_one_that_was_not_started_can_be_stopped() -> None:
    poller = Poller("test", lambda: None, seconds=1)

    poller.stop()

    assert poller.join()


def test_a_version_that_has_not_failed_is_due() -> None:
    assert Backoff(5, 60, Clock()).due("1")


def test_the_pause_doubles_with_each_failure_up_to_the_longest() -> None:
    clock = Clock()
    backoff = Backoff(5, 60, clock)
    for pause in (5, 10, 20, 40, 60, 60):
        backoff.failed("1")
        clock.now += pause - 0.1
        assert not backoff.due("1")
        clock.now += 0.1
        assert backoff.due("1")


def test_another_version_is_due_at_once_and_starts_anew() -> None:
    clock = Clock()
    backoff = Backoff(5, 60, clock)
    backoff.failed("1")
    backoff.failed("1")
    assert backoff.due("2")

    backoff.failed("2")
    clock.now += 5
    assert backoff.due("2")


def test_polls_slower_than_the_longest_pause_are_kept() -> None:
    clock = Clock()
    backoff = Backoff(3600, 60, clock)
    backoff.failed("1")
    clock.now += 3599
    assert not backoff.due("1")
