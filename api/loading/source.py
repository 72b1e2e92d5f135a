"""Where model versions and snapshots come from."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeVar


class Versioned(Protocol):
    """Something that is loaded."""

    @property
    def version(self) -> str:
        """Which one it is."""


T = TypeVar("T", bound=Versioned)
T_co = TypeVar("T_co", bound=Versioned, covariant=True)


class Offer(NamedTuple):
    """What a source has.

    Attributes:
        version: as people know it.
        identity: differs for what differs, even where a registry that was made anew counts from 1 again.
    """

    version: str
    identity: str


class Source(Protocol[T_co]):
    """The registry or the database. Each method may fail in any way."""

    @property
    def absent(self) -> str:
        """What to say when the source answers that it has none."""

    @property
    def withdrawn(self) -> str:
        """What to say when the source answers that none is to be served."""

    def offer(self) -> Offer | None:
        """Which one should be served, or None where there is none. Cheap: asked at every poll."""

    def is_withdrawn(self) -> bool:
        """Asked where there is none: whether none is to be served, rather than that the source has lost all it had."""

    def load(self, version: str) -> T_co:
        """Load it: this one, or one that has replaced it since."""
