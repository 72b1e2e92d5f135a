"""A registry with a champion, and its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quantity.db.engine import connect
from tests.support.models.aged_version import let_orders_grow, register_aged
from tests.support.models.trained_model import copy_of, trained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings


@pytest.fixture
def settled(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Settings:
    """Version 1, the champion, which has just been trained on all orders."""
    return copy_of(trained(tmp_path_factory), tmp_path)


@pytest.fixture
def tables(settled: Settings) -> Iterator[Engine]:
    """Connections to its tables."""
    engine = connect(settled.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def aged(settled: Settings, tables: Engine) -> Settings:
    """Version 2, the champion, which was trained eight weeks ago."""
    assert register_aged(settled, tables) == "2"
    return settled


@pytest.fixture
def shifted(aged: Settings, tables: Engine) -> Settings:
    """The same, and orders have grown since."""
    let_orders_grow(tables)
    return aged
