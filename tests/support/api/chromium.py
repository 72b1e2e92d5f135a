"""The machine's own Chromium, and pages that note all that goes wrong in them."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page


class ChromiumMissingError(Exception):
    """No Chromium is installed."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; tests that need it are skipped where none is installed."""
    try:
        program = find_chromium()
    except ChromiumMissingError as error:
        missing(str(error), "apt-get install chromium")
    with launched(program) as browser:
        yield browser


def find_chromium() -> str:
    """The path of its program.

    Raises:
        ChromiumMissingError: none is installed.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        raise ChromiumMissingError("no Chromium is installed")
    return program


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    """The browser, from its program."""
    with sync_playwright() as playwright:
        # As root, Chromium starts only without its sandbox; it opens this service's pages alone.
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@dataclass
class Watched:
    """A page, and what went on in it.

    Attributes:
        page: of the browser.
        requests: the addresses that it has asked for.
        faults: errors of its scripts, of its console (such as breaches of its content policy) and of its requests.
        expected: words of faults that the test brings about.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(message.text)

    def unexpected(self) -> list[str]:
        """The faults that the test did not bring about."""
        return [fault for fault in self.faults if not any(words in fault for words in self.expected)]


@contextmanager
def watched(browser: Browser, **options: object) -> Iterator[Watched]:
    """A new page; at its end nothing has gone wrong that was not expected.

    Args:
        browser: to open it in.
        options: of the page, such as its size.
    """
    page = browser.new_page(**options)  # type: ignore[arg-type]
    found = Watched(page)
    yield found
    page.close()
    faults = found.unexpected()
    assert faults == [], faults
