"""Work ahead of whoever uses the results, in threads: NumPy and Arrow let go of the interpreter meanwhile."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

THREADS = min(os.cpu_count() or 1, 4)


def in_order(task: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """The results of a task for each item, in their order; as many are made ahead as there are threads."""
    remaining = iter(items)
    first_two = list(islice(remaining, 2))
    # One needs no thread.
    if len(first_two) <= 1:
        yield from map(task, first_two)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        pending: deque[Future[R]] = deque()
        try:
            for item in chain(first_two, remaining):
                pending.append(pool.submit(task, item))
                if len(pending) > THREADS:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()


def for_each(task: Callable[[T], object], items: Iterable[T]) -> None:
    """Do a task for each item, as `in_order` does."""
    for _ in in_order(task, items):
        pass


def one_ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, none of them None; a thread makes the next one meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, items, None)
        while (item := upcoming.result()) is not None:
            upcoming = pool.submit(next, items, None)
            yield item
