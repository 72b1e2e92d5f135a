"""Model versions from MLflow's registry."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from api.loading.contents import identity_of
from api.loading.source import Offer
from api.serving.halves import ModelInMemory

if TYPE_CHECKING:
    from collections.abc import Sequence

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
        self._withdrawn = ""
        for name, value in CLIENT.items():
            os.environ.setdefault(name, value)

    @property
    def absent(self) -> str:
        """No such model is registered."""
        return f"the registry has no model {self._settings.model_name!r}"

    @property
    def withdrawn(self) -> str:
        """No version of it has the alias, which may have been taken away; as `is_withdrawn` found it."""
        return self._withdrawn

    def offer(self) -> Offer | None:
        """The version that has the alias."""
        from quantity import registry  # noqa: PLC0415

        found = registry.aliased_version(self._settings)
        return None if found is None else Offer(found.number, identity_of(*found))

    def is_withdrawn(self) -> bool:
        """Whether the model is registered."""
        from quantity import registry  # noqa: PLC0415

        numbers = registry.version_numbers(self._settings)
        self._withdrawn = _no_champion(self._settings, numbers)
        return bool(numbers) or registry.has_model(self._settings)

    def load(self, version: str) -> ModelInMemory:
        """Download, read and compile a version."""
        from quantity import registry  # noqa: PLC0415
        from quantity.model_files import load_model  # noqa: PLC0415
        from quantity.online.compile import compile_model  # noqa: PLC0415

        info = registry.describe_version(self._settings, version)
        with tempfile.TemporaryDirectory(prefix="quantity-") as target:
            model = load_model(registry.download_version(self._settings, version, Path(target)))
        return ModelInMemory(info, compile_model(model), dt.datetime.now(dt.UTC))


def _no_champion(settings: Settings, numbers: Sequence[str]) -> str:
    from quantity.registry import how_to_promote  # noqa: PLC0415

    if not numbers:
        return f"the model {settings.model_name!r} has no version: run `python -m training.train`"
    count = f"there {'is' if len(numbers) == 1 else 'are'} {len(numbers)}, the newest is {numbers[0]}"
    return (
        f"no version of the model {settings.model_name!r} has the alias {settings.model_alias!r} ({count}): "
        f"{how_to_promote(numbers[0])}, gives it to that one"
    )
