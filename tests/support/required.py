"""What a test needs of the machine, and what to do where it is missing."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

REQUIRED = "REQUIRE_SERVERS"
"""Set to 1, a missing server or tool fails the tests that need it instead of skipping them."""


def missing(what: str, remedy: str) -> NoReturn:
    """Skip the test, or fail it where everything must be there."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED}=1, but {what}")
    pytest.skip(f"{what}: {remedy}")
