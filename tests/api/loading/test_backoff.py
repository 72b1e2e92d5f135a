"""When a version that failed is tried again."""

from __future__ import annotations

from api.loading.backoff import Backoff


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


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
