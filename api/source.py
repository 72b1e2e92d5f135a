"""Where a model or a snapshot comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Versioned(Protocol):
    """Something that is loaded."""

    @property
    def version(self) -> str:
        """Which one it is."""


T = TypeVar("T", bound=Versioned)


@dataclass(frozen=True)
class Fetched(Generic[T]):
    """Something new in memory.

    Attributes:
        value: it.
        write: writes it into an empty folder, from which `Source.read` reads it back.
    """

    value: T
    write: Callable[[Path], None]


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

    def fetch(self, version: str) -> Fetched[T]:
        """Load it. Any exception means that it cannot be."""

    def read(self, folder: Path) -> T:
        """Load the local copy that `Fetched.write` wrote. Any exception means that it cannot be."""
