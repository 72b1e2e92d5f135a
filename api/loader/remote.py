"""The registry and the database, as the service sees them: through the loader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.loaded import LOCAL_COPY
from api.model_parts import model_of_parts, model_to_parts
from api.parts import read_parts, write_parts
from api.snapshot_parts import snapshot_of_parts, snapshot_to_parts

if TYPE_CHECKING:
    from pathlib import Path

    from api.loaded import LoadedModel, LoadedSnapshot
    from api.loader.process import Loader
    from quantity.settings import Settings


class RemoteModels:
    """The version that the settings' alias points to."""

    name = "model"

    def __init__(self, loader: Loader, settings: Settings) -> None:
        self._loader = loader
        self.absent = f"the registry has no version of {settings.model_name!r} with the alias {settings.model_alias!r}"

    def version(self) -> str | None:
        """The alias' version number."""
        version: str | None = self._loader.ask(self.name).info["version"]
        return version

    def fetch(self, version: str) -> LoadedModel:
        """Have a version downloaded and compiled."""
        return model_of_parts(self._loader.ask(self.name, fetch=version), "registry")

    def write(self, value: LoadedModel, folder: Path) -> None:
        """Write a local copy."""
        write_parts(model_to_parts(value), folder)

    def read(self, folder: Path) -> LoadedModel:
        """Load a local copy."""
        return model_of_parts(read_parts(folder), LOCAL_COPY)


class RemoteSnapshots:
    """The published snapshot."""

    name = "snapshot"
    absent = "the database has no published snapshot"

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def version(self) -> str | None:
        """The current publication."""
        version: str | None = self._loader.ask(self.name).info["version"]
        return version

    def fetch(self, version: str) -> LoadedSnapshot:
        """Have the published snapshot read: this publication, or one that has replaced it since."""
        return snapshot_of_parts(self._loader.ask(self.name, fetch=version), "database")

    def write(self, value: LoadedSnapshot, folder: Path) -> None:
        """Write a local copy."""
        write_parts(snapshot_to_parts(value), folder)

    def read(self, folder: Path) -> LoadedSnapshot:
        """Load a local copy."""
        return snapshot_of_parts(read_parts(folder), LOCAL_COPY)
