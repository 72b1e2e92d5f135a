"""A source in memory: what a test puts there is what it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from api.loading.source import T

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VERSION_FILE = "version"


class MemorySource(Generic[T]):
    """Stands in for the registry or the database.

    Attributes:
        value: what it has.
        down: whether it cannot be asked.
        broken: versions that it announces and cannot load.
        disk_full: whether local copies fail to be written.
        announced: which version it says it has; by default that of ``value``.
        fetched: the versions that were asked for.
        on_fetch: called when one is.
    """

    absent = "the memory has none"

    def __init__(self, name: str, value: T | None = None) -> None:
        self.name = name
        self.value = value
        self.down = self.disk_full = False
        self.broken: dict[str, Exception] = {}
        self.announced: str | None = None
        self.fetched: list[str] = []
        self.written: dict[str, T] = {}
        self.on_fetch: Callable[[], None] = lambda: None

    def version(self) -> str | None:
        if self.down:
            raise ConnectionError("nobody listens")
        if self.announced is not None:
            return self.announced
        return None if self.value is None else self.value.version

    def fetch(self, version: str) -> T:
        self.fetched.append(version)
        self.on_fetch()
        if version in self.broken:
            raise self.broken[version]
        if self.value is None:
            raise LookupError(version)
        return self.value

    def write(self, value: T, folder: Path) -> None:
        if self.disk_full:
            raise OSError(28, "No space left on device")
        self.written[value.version] = value
        (folder / VERSION_FILE).write_text(value.version, encoding="utf-8")

    def read(self, folder: Path) -> T:
        return self.written[(folder / VERSION_FILE).read_text(encoding="utf-8")]
