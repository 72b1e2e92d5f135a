"""The champion: whether it can be loaded, and was trained on the features that are declared."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from command_line.doctor.finding import Finding, fault, ok
from command_line.doctor.registry import brief
from quantity.model_files import OTHER_FEATURES, ModelLoadError, load_model
from quantity.registry import describe_version, download_version
from quantity.tracking_server import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from command_line.doctor.situation import Situation
    from quantity.settings import Settings

ANOTHER = "`quantity train` makes another version; `quantity promote` lists those to go back to"
FETCH = "see that its files are where training put them: in ARTIFACTS_DIR, or in the artifacts of MLflow's server"


def look(situation: Situation) -> Iterator[Finding]:
    """Load it as the service does, up to the compiling."""
    registry, number = situation.registry, situation.champion
    assert registry is not None  # noqa: S101 - the check needs it
    assert number is not None  # noqa: S101 - likewise
    with brief(), tempfile.TemporaryDirectory(dir=situation.folder) as folder:
        yield _of(registry, number, Path(folder))


def _of(registry: Settings, number: str, folder: Path) -> Finding:
    try:
        trained = describe_version(registry, number).trained_at
        load_model(download_version(registry, number, folder))
    except ModelLoadError as error:
        reason = str(error).replace(f"{folder}/", "").removeprefix(f"{folder}: ")
        return fault(f"version {number} cannot be loaded: {reason.partition(': train it again')[0]}", _remedy(reason))
    except (MlflowException, OSError) as error:
        return fault(f"the files of version {number} cannot be fetched: {reason_of(error)}", f"{FETCH}; {ANOTHER}")
    return ok(f"version {number}, trained {trained:%Y-%m-%d %H:%M} UTC, loads, and its features are those declared")


def _remedy(reason: str) -> str:
    return ANOTHER if reason == OTHER_FEATURES else f"{FETCH}; {ANOTHER}"
