"""Further versions of a trained model, as they may stand in the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import skops.io

from quantity.model_files import MODEL_FILE, load_any_model
from quantity.registry import client, download_version, tag_version

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from quantity.settings import Settings

FIRST = "1"


def register(
    settings: Settings,
    unseen_from: dt.date | None,
    *,
    source: Path | None = None,
    tags: Mapping[str, str] | None = None,
) -> str:
    """Register version 1's model once more; the number.

    Args:
        settings: of the registry.
        unseen_from: the first day that the version was not fitted to, as its run says; None: it does not say.
        source: the folder of other files than version 1's.
        tags: of the version.
    """
    registry = client(settings)
    first = registry.get_model_version(settings.model_name, FIRST)
    run_id = registry.create_run(registry.get_run(str(first.run_id)).info.experiment_id).info.run_id
    if unseen_from is not None:
        registry.log_param(run_id, "trained_until", str(unseen_from))
    files = str(first.source) if source is None else source.as_uri()
    number = str(registry.create_model_version(settings.model_name, files, run_id).version)
    tag_version(settings, number, tags or {})
    return number


def make_champion(settings: Settings, number: str) -> None:
    """Give the alias to a version."""
    client(settings).set_registered_model_alias(settings.model_name, settings.model_alias, number)


def changed_model(settings: Settings, folder: Path, change: Callable[[Any], None]) -> Path:
    """The files of version 1, its model changed, in a folder; the folder."""
    folder.mkdir()
    download_version(settings, FIRST, folder)
    model = load_any_model(folder)
    change(model)
    skops.io.dump(model, folder / MODEL_FILE)
    return folder
