"""Models from the registry."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from api.serving.loaded import LoadedModel
from quantity import registry
from quantity.model_files import load_model
from quantity.online.compile import compile_model

if TYPE_CHECKING:
    from quantity.settings import Settings


class RegistrySource:
    """The version that the settings' alias points to."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def version(self) -> str | None:
        """The alias' version number."""
        return registry.version_number(self._settings)

    def fetch(self, version: str) -> LoadedModel:
        """Download, load and compile a version."""
        info = registry.describe_version(self._settings, version)
        with tempfile.TemporaryDirectory(prefix="quantity-") as target:
            model = load_model(registry.download_version(self._settings, version, Path(target)))
        return LoadedModel(info, compile_model(model), "registry", dt.datetime.now(dt.UTC))
