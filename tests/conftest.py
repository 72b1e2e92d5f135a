"""Fixtures of all tests: settings without the developer's, and databases of both kinds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

# The models of the tests are small: threads that wait for each other take longer than one. Read at the first import.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests load models too, and look at what programs write to standard error.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import pytest
from sqlalchemy import URL

from local_servers.mysql_server import ServerMissingError, running_server
from quantity.db.engine import connect
from quantity.settings import Settings
from tests.support.required import missing
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from local_servers.mysql_server import MysqlServer


TESTS = Path(__file__).parent
RESILIENCE = TESTS / "resilience"
"""Its tests take the whole machine, as those of the containers do: what they see would be another's load."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that nothing may run beside."""
    for item in items:
        if item.path.is_relative_to(RESILIENCE) or item.get_closest_marker("container"):
            item.add_marker("alone")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[MysqlServer]:
    """The session's MySQL server; tests that need it are skipped where none is installed."""
    try:
        with running_server() as server:
            yield server
    except ServerMissingError as error:
        missing(str(error), "apt-get install mariadb-server")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> URL:
    """A SQLite database that is not there yet."""
    return URL.create("sqlite", database=str(tmp_path / "local" / "mlops.db"))


@pytest.fixture
def mysql_url(mysql_server: MysqlServer) -> Iterator[URL]:
    """A new MySQL database."""
    with mysql_server.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "mysql"])
def database_url(request: pytest.FixtureRequest) -> URL:
    """A new database, once of each kind."""
    url = request.getfixturevalue(f"{request.param}_url")
    assert isinstance(url, URL)
    return url


@pytest.fixture
def engine(database_url: URL) -> Iterator[Engine]:
    """Connections to a new database, once of each kind."""
    engine = connect(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(sqlite_url: URL) -> Iterator[Engine]:
    """Connections to a new SQLite database, that of `settings`."""
    engine = connect(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def mysql_engine(mysql_url: URL) -> Iterator[Engine]:
    """Connections to a new MySQL database."""
    engine = connect(mysql_url)
    yield engine
    engine.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of the embedded mode: everything in the test's own folder."""
    return settings_for(tmp_path)


@pytest.fixture
def database_settings(tmp_path: Path, database_url: URL) -> Settings:
    """Settings with the tables in a new database, once of each kind, and everything else in the folder."""
    return settings_for(tmp_path, database_url)
