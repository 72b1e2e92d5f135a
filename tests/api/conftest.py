"""Fixtures of the service's tests."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from tests.support.api.apps import App, empty_app, loaded_app, make_settings, running
from tests.support.api.embedded_servers import LiveDatabase, LiveRegistry, LoggedModels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quantity.settings import Settings


@pytest.fixture(autouse=True)
def _same_environment() -> Iterator[None]:
    # The composition root and MLflow set variables of the process.
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


@pytest.fixture
def waiting_app(settings: Settings) -> Iterator[App]:
    """An app that has found neither a model nor a snapshot."""
    app = empty_app(settings)
    with running(app):
        yield app


@pytest.fixture
def app(settings: Settings) -> Iterator[App]:
    """An app that serves model version 1 and the snapshot `a`."""
    app = loaded_app(settings)
    with running(app):
        yield app


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The same for tests that only ask."""
    app = loaded_app(make_settings(tmp_path_factory.mktemp("api")))
    with mock.patch.dict(os.environ), running(app):
        yield app


@pytest.fixture(scope="session")
def logged_models(tmp_path_factory: pytest.TempPathFactory) -> LoggedModels:
    """One store for all tests: it takes seconds to make."""
    with mock.patch.dict(os.environ):
        return LoggedModels(make_settings(tmp_path_factory.mktemp("mlflow")))


@pytest.fixture
def live_settings(tmp_path: Path, logged_models: LoggedModels) -> Settings:
    """Settings of a registry and a database that are there, and empty."""
    return make_settings(
        tmp_path, mlflow_tracking_uri=logged_models.tracking_uri, model_name=f"quantity-{uuid.uuid4().hex[:8]}"
    )


@pytest.fixture
def registry(live_settings: Settings, logged_models: LoggedModels) -> LiveRegistry:
    return LiveRegistry(live_settings, logged_models)


@pytest.fixture
def database(live_settings: Settings) -> LiveDatabase:
    return LiveDatabase(live_settings)
