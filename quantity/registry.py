"""The model registry: which version is champion, what is known of it, and its files."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from quantity.versions import RegisteredVersion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mlflow.entities.model_registry import ModelVersion

    from quantity.settings import Settings

PROMOTION = "promotion"
"""A version's tag: why it was promoted, or was not."""

PROMOTED_AT = "promoted_at"
"""A version's tag: when it last got the alias (UTC)."""

CHALLENGER = "challenger"
"""A version's tag, whatever its value but "false": it is replayed beside the champion."""

RECALIBRATED_UNTIL = "recalibrated_until"
"""A version's tag: the last day whose orders its range follows, where that is another than its training's."""

ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND"}
"""Error codes of MLflow for what is not there."""


def is_absent(error: MlflowException) -> bool:
    """Whether MLflow says that something is not there. A page that another kind of server lacks says nothing."""
    return error.error_code in ABSENT and not str(error).startswith("API request to endpoint")


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


class VersionNote(NamedTuple):
    """A registered version.

    Attributes:
        number: its number.
        registered_at: when (UTC).
        promotion: what was decided about its promotion.
        was_promoted: whether it is tagged with when it was.
        is_challenger: whether it is replayed beside the champion.
    """

    number: str
    registered_at: dt.datetime
    promotion: str
    was_promoted: bool
    is_challenger: bool


def aliased_version(settings: Settings) -> AliasedVersion | None:
    """The version that the alias points to, or None where there is none.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    try:
        found = client(settings).get_model_version_by_alias(settings.model_name, settings.model_alias)
    except MlflowException as error:
        if is_absent(error):
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


def version_numbers(settings: Settings) -> list[str]:
    """The numbers of all versions, newest first; none where the registry does not know the model.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    return [str(version.version) for version in _versions(settings)]


def version_notes(settings: Settings) -> list[VersionNote]:
    """All versions, newest first; none where the registry does not know the model.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    return [_note(version) for version in _versions(settings)]


def _note(version: ModelVersion) -> VersionNote:
    return VersionNote(
        number=str(version.version),
        registered_at=dt.datetime.fromtimestamp(version.creation_timestamp / 1000, tz=dt.UTC),
        promotion=version.tags.get(PROMOTION, ""),
        was_promoted=PROMOTED_AT in version.tags,
        is_challenger=version.tags.get(CHALLENGER, "false").strip().lower() != "false",
    )


def version_tags(settings: Settings) -> dict[str, dict[str, str]]:
    """The tags of all versions by number, newest first.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    return {str(version.version): dict(version.tags) for version in _versions(settings)}


def challengers(settings: Settings) -> list[str]:
    """The numbers of the versions that are tagged `CHALLENGER`, newest first.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    return [note.number for note in version_notes(settings) if note.is_challenger]


def set_champion(settings: Settings, number: str, reason: str) -> None:
    """Give the alias to a version, and record why and when on it.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked, or has no such version.
    """
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    tag_version(settings, number, {PROMOTION: reason, PROMOTED_AT: now})
    client(settings).set_registered_model_alias(settings.model_name, settings.model_alias, number)


def tag_version(settings: Settings, number: str, tags: Mapping[str, str]) -> None:
    """Tag a version; other tags of it stay.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked, or has no such version.
    """
    registry = client(settings)
    for name, value in tags.items():
        registry.set_model_version_tag(settings.model_name, number, name, value)


def aliases(settings: Settings) -> dict[str, str]:
    """Every alias of the model, and the number of the version that it points to.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked, or does not know the model.
    """
    known = client(settings).get_registered_model(settings.model_name).aliases
    return {name: str(number) for name, number in known.items()}


def how_to_promote(number: str, *options: str) -> str:
    """The commands that make a version the champion, without containers and with them."""
    command = " ".join(("python -m training.promote", number, *options))
    return f"`{command}`, or with containers `docker compose run --rm training {command}`"


def has_model(settings: Settings) -> bool:
    """Whether the registry knows the model, with or without a version that the alias points to.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    try:
        client(settings).get_registered_model(settings.model_name)
    except MlflowException as error:
        if is_absent(error):
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


def _versions(settings: Settings) -> list[ModelVersion]:
    quote = '"' if "'" in settings.model_name else "'"
    registry, token = client(settings), None
    found: list[ModelVersion] = []
    while True:
        page = registry.search_model_versions(f"name = {quote}{settings.model_name}{quote}", page_token=token)
        found += page
        if not (token := page.token):
            return sorted(found, key=lambda version: -int(version.version))
