"""Models from the registry."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic_core import from_json, to_json

from api.serving import LOCAL_COPY, LoadedModel
from api.source import Fetched
from quantity import registry
from quantity.model.estimator import CompiledQuantityModel
from quantity.model_files import MODEL_FILE, load_model
from quantity.registry import RegisteredVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.settings import Settings

INFO_FILE = "info.json"
DESCRIPTION_FILE = "MLmodel"


class RegistrySource:
    """The version that the settings' alias points to."""

    name = "model"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.absent = f"the registry has no version of {settings.model_name!r} with the alias {settings.model_alias!r}"

    def version(self) -> str | None:
        """The alias' version number."""
        return registry.version_number(self._settings)

    def fetch(self, version: str) -> Fetched[LoadedModel]:
        """Download and load a version."""
        info = registry.describe_version(self._settings, version)
        with tempfile.TemporaryDirectory(prefix="quantity-") as target:
            folder = registry.download_version(self._settings, version, Path(target))
            model = _load(folder, info, "registry")
            files = {name: (folder / name).read_bytes() for name in (DESCRIPTION_FILE, MODEL_FILE)}
        files[INFO_FILE] = to_json(asdict(info))
        return Fetched(model, lambda into: _write(files, into))

    def read(self, folder: Path) -> LoadedModel:
        """Load a local copy."""
        return _load(folder, _read_info(folder), LOCAL_COPY)


def _load(folder: Path, info: RegisteredVersion, origin: Literal["registry", "local copy"]) -> LoadedModel:
    compiled = CompiledQuantityModel(load_model(folder))
    return LoadedModel(info, compiled, origin, dt.datetime.now(dt.UTC))


def _read_info(folder: Path) -> RegisteredVersion:
    values = from_json((folder / INFO_FILE).read_bytes())
    return RegisteredVersion(**{**values, "trained_at": dt.datetime.fromisoformat(values["trained_at"])})


def _write(files: Mapping[str, bytes], into: Path) -> None:
    for name, content in files.items():
        (into / name).write_bytes(content)
