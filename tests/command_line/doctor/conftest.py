"""Fixtures of the doctor's tests: settings of a port that is free, and a project that is well."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from tests.support.command_line import with_free_port
from tests.support.models.trained_model import copy_of, trained
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quantity.settings import Settings


@pytest.fixture(autouse=True)
def _same_environment() -> Iterator[None]:
    # MLflow sets variables of the process.
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of the embedded mode, where nothing is yet."""
    return with_free_port(settings_for(tmp_path))


@pytest.fixture
def healthy(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a published snapshot and a champion."""
    return with_free_port(copy_of(trained(tmp_path_factory), tmp_path))
