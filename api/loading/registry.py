"""Model versions from MLflow's registry."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from api.loading.contents import identity_of
from api.loading.source import Offer
from api.serving.memory import ModelInMemory

if TYPE_CHECKING:
    from quantity.settings import Settings

CLIENT = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_CONFIGURE_LOGGING": "false",
}
"""How MLflow's client behaves here, unless the environment says otherwise: by itself it would try to reach a dead
server for minutes, while the next poll is seconds away."""


class Registry:
    """The version that the settings' alias points to.

    MLflow's client takes seconds to import: it is, at the first look.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        for name, value in CLIENT.items():
            os.environ.setdefault(name, value)

    @property
    def absent(self) -> str:
        """No such model is registered."""
        return f"the registry has no model {self._settings.model_name!r}"

    @property
    def withdrawn(self) -> str:
        """No version of it has the alias, which may have been taken away."""
        return (
            f"no version of the model {self._settings.model_name!r} has the alias {self._settings.model_alias!r}: "
            "give it to the one that is to answer"
        )

    def offer(self) -> Offer | None:
        """The version that has the alias."""
        from quantity import registry  # noqa: PLC0415

        found = registry.aliased_version(self._settings)
        return None if found is None else Offer(found.number, identity_of(*found))

    def is_withdrawn(self) -> bool:
        """Whether the model is registered."""
        from quantity import registry  # noqa: PLC0415

        return registry.has_model(self._settings)

    def load(self, version: str) -> ModelInMemory:
        """Download, read and compile a version."""
        from quantity import registry  # noqa: PLC0415
        from quantity.model_files import load_model  # noqa: PLC0415
        from quantity.online.compile import compile_model  # noqa: PLC0415

        info = registry.describe_version(self._settings, version)
        with tempfile.TemporaryDirectory(prefix="quantity-") as target:
            model = load_model(registry.download_version(self._settings, version, Path(target)))
        return ModelInMemory(info, compile_model(model), dt.datetime.now(dt.UTC))
