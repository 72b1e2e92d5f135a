"""The registry and the database, as the service sees them: through the loader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from api.loaded import LOCAL_COPY
from api.model_parts import model_of_parts, model_to_parts
from api.parts import read_parts, write_parts
from api.snapshot_parts import snapshot_of_parts, snapshot_to_parts
from api.source import T

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from api.loaded import LoadedModel, LoadedSnapshot
    from api.loader.process import Loader
    from api.parts import Parts
    from quantity.settings import Settings


class Remote(Generic[T]):
    """What the loader gives by one name.

    Args:
        name: what the loader calls it.
        absent: what to say when there is none.
        loader: reads it.
        take_apart: into what travels, and what a local copy is.
        put_together: from the loader's parts.
        put_copy_together: from those of a local copy.
    """

    def __init__(  # noqa: PLR0917 - what makes one source another
        self,
        name: str,
        absent: str,
        loader: Loader,
        take_apart: Callable[[T], Parts],
        put_together: Callable[[Parts], T],
        put_copy_together: Callable[[Parts], T],
    ) -> None:
        self.name, self.absent, self._loader = name, absent, loader
        self._take_apart, self._put_together, self._put_copy_together = take_apart, put_together, put_copy_together

    def version(self) -> str | None:
        """Which one should be served."""
        version: str | None = self._loader.ask(self.name).info["version"]
        return version

    def fetch(self, version: str) -> T:
        """Have it loaded: this one, or one that has replaced it since."""
        return self._put_together(self._loader.ask(self.name, fetch=version))

    def write(self, value: T, folder: Path) -> None:
        """Write a local copy."""
        write_parts(self._take_apart(value), folder)

    def read(self, folder: Path) -> T:
        """Load a local copy."""
        return self._put_copy_together(read_parts(folder))


def remote_models(loader: Loader, settings: Settings) -> Remote[LoadedModel]:
    """The version that the settings' alias points to."""
    return Remote(
        "model",
        f"the registry has no version of {settings.model_name!r} with the alias {settings.model_alias!r}",
        loader,
        model_to_parts,
        lambda parts: model_of_parts(parts, "registry"),
        lambda parts: model_of_parts(parts, LOCAL_COPY),
    )


def remote_snapshots(loader: Loader) -> Remote[LoadedSnapshot]:
    """The published snapshot."""
    return Remote(
        "snapshot",
        "the database has no published snapshot",
        loader,
        snapshot_to_parts,
        lambda parts: snapshot_of_parts(parts, "database"),
        lambda parts: snapshot_of_parts(parts, LOCAL_COPY),
    )
