"""The thread that polls."""

from __future__ import annotations

import threading
import time

from api.loading.polling import Poller

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
