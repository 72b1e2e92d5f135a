"""A stack from its start to its end: only when asked for, and nothing of it is left."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.support.containers.container_waiting import wait_until
from tests.support.containers.stack import Stack, engine_answers
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    AnyStack = TypeVar("AnyStack", bound=Stack)

ASKED_FOR = "RUN_E2E"
"""Set to 1, as `make e2e` does, the end-to-end tests run."""


@contextmanager
def running(make: Callable[[], AnyStack], start: Callable[[AnyStack], None], command: str) -> Iterator[AnyStack]:
    """A started stack; an error carries the containers' logs.

    Args:
        make: describes the stack.
        start: starts its containers.
        command: runs the tests of this stack.
    """
    if os.environ.get(ASKED_FOR) != "1":
        pytest.skip(f"the containers are tested by `{command}`")
    if not engine_answers():
        missing("no Docker engine with Compose answers", "install docker.io and docker-compose-plugin")
    stack = make()
    try:
        start(stack)
        yield stack
    except Exception as error:
        error.add_note(stack.logs())
        raise
    finally:
        stack.down()
    # The engine may still be at it when the command has ended.
    wait_until(lambda: stack.leftovers() == [], "containers, volumes, networks and images are gone")
