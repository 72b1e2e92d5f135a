"""The model registry: whether it answers, which versions it has, and which one is served."""

from __future__ import annotations

import logging
import sqlite3
import warnings
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mlflow.exceptions import MlflowException
from sqlalchemy import make_url

from command_line.doctor.finding import Finding, fault, not_looked_at, ok
from quantity.registry import version_notes, version_number
from quantity.settings import Settings
from quantity.tracking_server import (
    TrackingServerError,
    client_variables,
    ensure_answering,
    is_server,
    reason_of,
    without_passwords,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from command_line.doctor.situation import Situation

ANSWER_SECONDS: Final = 4

BRIEF: Final = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": str(ANSWER_SECONDS),
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""How MLflow's client behaves here, unless the environment says otherwise."""

NO_SERVER = (
    "see that the server runs (the stack's: `docker compose up --detach --wait mlflow`) and that MLFLOW_TRACKING_URI "
    "is right; without it MLflow's store is a SQLite file"
)


def look(situation: Situation) -> Iterator[Finding]:
    """Ask the server, or a copy of the SQLite file: opening a store may migrate it."""
    settings = situation.settings
    assert settings is not None  # noqa: S101 - the check needs them
    place = without_passwords(settings.tracking_uri)
    try:
        with brief():
            if is_server(settings):
                ensure_answering(settings, ANSWER_SECONDS)
                asked: Settings | None = settings
            else:
                asked = _copied(settings, situation.folder)
            if asked is None:
                yield _nothing_to_copy(settings, place)
                return
            yield _versions(situation, asked, place)
    except ModuleNotFoundError as error:
        seen = f"a store in a file needs the package {error.name}, which is not installed here"
        yield fault(f"{place}: {seen}", "set MLFLOW_TRACKING_URI to a server, as the stack does")
    except (TrackingServerError, MlflowException, sqlite3.Error, OSError) as error:
        yield fault(f"{place}: {reason_of(error)}", _remedy(settings))


@contextmanager
def brief() -> Iterator[None]:
    """Let MLflow's client be quick to give up, and silent."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with client_variables(BRIEF), warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="mlflow")
        yield


def _versions(situation: Situation, asked: Settings, place: str) -> Finding:
    notes, champion = version_notes(asked), version_number(asked)
    situation.registry, situation.champion = asked, champion
    name, alias = asked.model_name, asked.model_alias
    if not notes:
        return fault(f"{place}: no version of the model {name}", "`quantity train`")
    there = f"{len(notes)} version{'s' * (len(notes) > 1)} of {name}, the newest is {notes[0].number}"
    if champion is None:
        remedy = f"`quantity promote {notes[0].number}` promotes the newest; `quantity promote` lists all"
        return fault(f"{place}: {there}; none is {alias}, so none is served", remedy)
    return ok(f"{place}: {there}; {alias} is version {champion}")


def _file_of(settings: Settings) -> Path | None:
    """The SQLite file of MLflow's store; None: it is something else."""
    if not settings.tracking_uri.startswith("sqlite:"):
        return None
    return Path(str(make_url(settings.tracking_uri).database))


def _copied(settings: Settings, folder: Path) -> Settings | None:
    """Settings of a copy of MLflow's store; None: there is none, or no copy can be made."""
    file = _file_of(settings)
    if file is None or not file.is_file():
        return None
    copy = folder / "mlflow.db"
    source = f"file:{quote(str(file.resolve()))}?mode=ro"
    with closing(sqlite3.connect(source, uri=True)) as reader, closing(sqlite3.connect(copy)) as writer:
        reader.backup(writer)
    values = {name: getattr(settings, name) for name in Settings.model_fields}
    return Settings.model_construct(**values | {"mlflow_tracking_uri": f"sqlite:///{copy}"})


def _nothing_to_copy(settings: Settings, place: str) -> Finding:
    if _file_of(settings) is None:
        return not_looked_at(
            f"{place} is a store that MLflow's client may change by opening it; put a server before it"
        )
    return fault(
        f"{place}: there is no such file yet", "`quantity run`, or after `quantity preprocess`: `quantity train`"
    )


def _remedy(settings: Settings) -> str:
    if is_server(settings):
        return NO_SERVER
    return f"move {_file_of(settings)} away, then `quantity train` makes another"
