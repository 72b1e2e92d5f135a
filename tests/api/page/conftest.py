"""A browser, and a service with a page to open in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from tests.support.api.chromium import Watched, chromium, watched
from tests.support.api.sites import Site, market_app, site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

SIZE = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that answers and has the past orders of each pair."""
    with mock.patch.dict(os.environ), site(market_app(tmp_path_factory.mktemp("market"))) as found:
        yield found


@pytest.fixture
def visit(browser: Browser) -> Iterator[Watched]:
    """A page; at the test's end nothing has gone wrong in it."""
    with watched(browser, viewport=SIZE, locale="en-GB") as found:
        yield found
