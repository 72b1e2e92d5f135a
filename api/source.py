"""Where a model or a snapshot comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from pathlib import Path


class Versioned(Protocol):
    """Something that is loaded."""

    @property
    def version(self) -> str:
        """Which one it is."""


T = TypeVar("T", bound=Versioned)


class Source(Protocol[T]):
    """The registry, the database, or a test's stand-in for one of them."""

    @property
    def name(self) -> str:
        """What comes from here, as metrics and logs call it."""

    @property
    def absent(self) -> str:
        """What to say when the source answers that it has none."""

    def version(self) -> str | None:
        """Which one should be served, or None where there is none yet. Cheap: asked at every poll."""

    def fetch(self, version: str) -> T:
        """Load it. Any exception means that it cannot be."""

    def write(self, value: T, folder: Path) -> None:
        """Write a local copy into an empty folder."""

    def read(self, folder: Path) -> T:
        """Load the local copy that `write` wrote. Any exception means that it cannot be."""
