"""Versions that were never champion are let go after a while, with their files.

Kept are: a version of any alias or with a row in the audit trail, one that is tagged as promoted or as challenger, and
one that was registered before the trail began, of which nobody knows whether it was champion. A version's run keeps its
parameters and metrics.
"""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from sqlalchemy import inspect, select

from quantity.db.monitoring_tables import promotions
from quantity.registry import aliases, client, is_absent, version_notes
from training.promotion.lock import promotion_lock
from training.promotion.trail import heal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow.tracking import MlflowClient
    from sqlalchemy import Engine

    from quantity.settings import Settings

LOGGED_MODEL = "models:/"
"""A version's source begins so, where its files are a logged model's (MLflow 3)."""


def delete_old(settings: Settings, engine: Engine, now: dt.datetime | None = None) -> list[str]:
    """Delete the versions whose time has come, under the promotion lock; the result is their numbers.

    A version's files go first: a run that dies in between leaves a version that the next one deletes.

    Args:
        settings: `Settings.model_retention` says after how many days; 0 deletes nothing.
        engine: the database of the audit trail.
        now: the present time (UTC), by default the clock's.

    Raises:
        training.promotion.lock.PromotionBusyError: another run is deciding.
        sqlalchemy.exc.SQLAlchemyError, mlflow.exceptions.MlflowException: the database or the registry failed.
    """
    if settings.model_retention == 0:
        return []
    with promotion_lock(engine):
        heal(engine, settings)
        numbers = _due(settings, engine, now or dt.datetime.now(dt.UTC))
        for number in numbers:
            _delete(settings, number)
    return numbers


def _due(settings: Settings, engine: Engine, now: dt.datetime) -> list[str]:
    began, champions = _trail(settings, engine)
    if began is None:
        return []
    before = now - dt.timedelta(days=settings.model_retention)
    kept = champions | set(aliases(settings).values())
    return [
        note.number
        for note in version_notes(settings)
        if began <= note.registered_at < before and not (note.number in kept or note.was_promoted or note.is_challenger)
    ]


def _trail(settings: Settings, engine: Engine) -> tuple[dt.datetime | None, set[str]]:
    """When the trail of the model began (UTC), None where it has not; and every version in it, under any alias."""
    if not inspect(engine).has_table(promotions.name):
        return None, set()
    rows = select(promotions.c.promoted_at, promotions.c.from_version, promotions.c.to_version)
    with engine.connect() as connection:
        found = connection.execute(rows.where(promotions.c.model_name == settings.model_name)).all()
    began = min((row.promoted_at for row in found), default=None)
    champions = {row.to_version for row in found} | {row.from_version for row in found if row.from_version}
    return began and began.replace(tzinfo=dt.UTC), champions


def _delete(settings: Settings, number: str) -> None:
    registry = client(settings)
    version = registry.get_model_version(settings.model_name, number)
    # Copies of a version, under its name or another, are of the same files or of the same run.
    if str(version.source).startswith(LOGGED_MODEL) and _is_alone(registry, "source_path", str(version.source)):
        _delete_model_files(registry, str(version.source).removeprefix(LOGGED_MODEL))
    if _is_alone(registry, "run_id", str(version.run_id)):
        _delete_run_files(registry, str(version.run_id))
    registry.delete_model_version(settings.model_name, number)


def _is_alone(registry: MlflowClient, column: str, value: str) -> bool:
    return len(registry.search_model_versions(f"{column} = '{value}'", max_results=2)) == 1


def _delete_model_files(registry: MlflowClient, model_id: str) -> None:
    with _nothing_if_absent():
        _delete_files(registry.get_logged_model(model_id).artifact_location)
        registry.delete_logged_model(model_id)


def _delete_run_files(registry: MlflowClient, run_id: str) -> None:
    with _nothing_if_absent():
        _delete_files(registry.get_run(run_id).info.artifact_uri)


def _delete_files(location: str) -> None:
    get_artifact_repository(location).delete_artifacts()  # type: ignore[no-untyped-call]


@contextmanager
def _nothing_if_absent() -> Iterator[None]:
    """An earlier run may have died half-way."""
    try:
        yield
    except MlflowException as error:
        if not is_absent(error):
            raise
