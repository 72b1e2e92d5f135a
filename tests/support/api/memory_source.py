"""A source in memory: what a test puts there is what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from api.loading.source import Offer, T

if TYPE_CHECKING:
    from collections.abc import Callable


class MemorySource(Generic[T]):
    """Stands in for the registry or the database.

    Attributes:
        value: what it has.
        down: whether it cannot be asked.
        lost: whether it says that it has nothing because it has lost all it had.
        broken: versions that it announces and cannot load.
        announced: which version it says it has; by default that of ``value``.
        loaded: the versions that were asked for.
        on_load: called when one is.
        identity: of a version.
    """

    absent = "the memory has none"
    withdrawn = "the memory's was taken away"

    def __init__(self, value: T | None = None, identity: Callable[[str], str] = str) -> None:
        self.value = value
        self.down = self.lost = False
        self.broken: dict[str, Exception] = {}
        self.announced: str | None = None
        self.loaded: list[str] = []
        self.on_load: Callable[[], None] = lambda: None
        self.identity = identity

    def offer(self) -> Offer | None:
        if self.down:
            raise ConnectionError("nobody listens")
        version = self.announced or (self.value and self.value.version)
        return Offer(version, self.identity(version)) if version else None

    def is_withdrawn(self) -> bool:
        return not self.lost

    def load(self, version: str) -> T:
        self.loaded.append(version)
        self.on_load()
        if version in self.broken:
            raise self.broken[version]
        if self.value is None:
            raise LookupError(version)
        return self.value
