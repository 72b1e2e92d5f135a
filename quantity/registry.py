"""The model registry: which version is champion, what is known of it, and its files."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from quantity.versions import RegisteredVersion

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings

_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND"}


def client(settings: Settings) -> MlflowClient:
    """A client of the settings' tracking server and registry."""
    if settings.mlflow_tracking_uri is None:
        settings.local_dir.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(settings.tracking_uri)
    return MlflowClient()


class AliasedVersion(NamedTuple):
    """The version that the alias points to: its number, and the run that logged it."""

    number: str
    run_id: str


def aliased_version(settings: Settings) -> AliasedVersion | None:
    """The version that the alias points to, or None where there is none.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    try:
        found = client(settings).get_model_version_by_alias(settings.model_name, settings.model_alias)
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return None
        raise
    return AliasedVersion(str(found.version), str(found.run_id))


def version_number(settings: Settings) -> str | None:
    """The number of the version that the alias points to, or None where there is none.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    found = aliased_version(settings)
    return None if found is None else found.number


def has_model(settings: Settings) -> bool:
    """Whether the registry knows the model, with or without a version that the alias points to.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    try:
        client(settings).get_registered_model(settings.model_name)
    except MlflowException as error:
        if error.error_code in _ABSENT:
            return False
        raise
    return True


def describe_version(settings: Settings, version: str) -> RegisteredVersion:
    """What the registry knows of a version.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    registry = client(settings)
    run = registry.get_run(str(registry.get_model_version(settings.model_name, version).run_id))
    return RegisteredVersion(
        name=settings.model_name,
        version=version,
        run_id=run.info.run_id,
        trained_at=dt.datetime.fromtimestamp(run.info.start_time / 1000, tz=dt.UTC),
        metrics=dict(run.data.metrics),
    )


def download_version(settings: Settings, version: str, target: Path) -> Path:
    """Download a version's files into the folder ``target``.

    Raises:
        mlflow.exceptions.MlflowException: the registry or its artifacts cannot be reached.
    """
    client(settings)
    uri = f"models:/{settings.model_name}/{version}"
    mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=str(target))
    return target
