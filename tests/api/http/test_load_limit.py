"""So many large requests at a time and no more; slow ones give way."""

from __future__ import annotations

import asyncio

import pytest

from api.http.errors import RefusedError
from api.http.load_limit import PATIENCE_SECONDS, LargeRequests, RequestSize

SMALL, LARGE, LIMIT = 10, 11, 2


class Clock:
    """Time that stands still."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def requests(clock: Clock) -> LargeRequests:
    return LargeRequests(SMALL, LIMIT, clock)


def entered(requests: LargeRequests) -> RequestSize:
    size = RequestSize(requests)
    size.grow_to(LARGE)
    return size


def test_small_requests_are_not_counted(requests: LargeRequests) -> None:
    for _ in range(LIMIT + 1):
        RequestSize(requests).grow_to(SMALL)
    assert len(requests) == 0


def test_a_request_counts_once_it_is_large_and_until_its_end(requests: LargeRequests) -> None:
    with RequestSize(requests) as size:
        size.grow_to(SMALL)
        assert len(requests) == 0
        size.grow_to(LARGE)
        size.grow_to(LARGE + 1)
        assert len(requests) == 1
    assert len(requests) == 0


def test_one_too_many_is_a_503_that_says_when_to_try_again(requests: LargeRequests) -> None:
    kept = [entered(requests) for _ in range(LIMIT)]
    with RequestSize(requests) as size, pytest.raises(RefusedError) as caught:
        size.grow_to(LARGE)
    assert caught.value.status == 503
    assert caught.value.headers == {"Retry-After": "1"}
    assert len(requests) == len(kept)


async def arrive(size: RequestSize, begun: asyncio.Event) -> str:
    try:
        async with asyncio.timeout(3600) as size.arrival:
            begun.set()
            await asyncio.Event().wait()
    except TimeoutError:
        return "gave way" if size.has_given_way else "too slow"
    return "arrived"


@pytest.mark.parametrize(("seconds", "gives_way"), [(PATIENCE_SECONDS, False), (PATIENCE_SECONDS + 0.1, True)])
def test_the_slowest_to_arrive_gives_way(
    requests: LargeRequests, clock: Clock, seconds: float, *, gives_way: bool
) -> None:
    async def scenario() -> None:
        answered, slow = entered(requests), entered(requests)
        begun = asyncio.Event()
        arrival = asyncio.create_task(arrive(slow, begun))
        await begun.wait()
        clock.now = seconds
        if not gives_way:
            with pytest.raises(RefusedError):
                entered(requests)
            arrival.cancel()
            return
        entered(requests)
        assert await arrival == "gave way"
        # The others have arrived: they are not ended.
        with pytest.raises(RefusedError):
            entered(requests)
        assert answered.arrival is None

    asyncio.run(scenario())
