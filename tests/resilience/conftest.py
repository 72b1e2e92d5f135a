"""Fixtures of the tests that harm the service, and the table of what came of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from local_servers.mysql_server import ServerMissingError
from tests.support.api.service_process import running_process
from tests.support.faults.endless_clients import Load
from tests.support.faults.fault_matrix import Matrix
from tests.support.faults.mortal_database import MortalDatabase
from tests.support.faults.mortal_registry import MortalRegistry
from tests.support.faults.real_servers import Plant
from tests.support.faults.right_answers import BODIES
from tests.support.faults.service_status import Watch
from tests.support.faults.small_disk import mounted
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

MATRIX = pytest.StashKey[Matrix]()
FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that start services of their own: the session's would follow all that they publish."""
    items.sort(key=lambda item: item.path.is_relative_to(FOLDER) and "service" in getattr(item, "fixturenames", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the fault matrix."""
    matrix = config.stash.get(MATRIX, Matrix())
    if lines := list(matrix.lines()):
        terminalreporter.section("requests under faults")
        terminalreporter.write_line("\n".join(lines))


@pytest.fixture(scope="session")
def matrix(request: pytest.FixtureRequest) -> Matrix:
    """What the summary shows at the end."""
    return request.config.stash.setdefault(MATRIX, Matrix())


@pytest.fixture(scope="session", autouse=True)
def _same_environment() -> Iterator[None]:
    # MLflow's client sets variables of the process.
    with mock.patch.dict(os.environ):
        yield


@pytest.fixture(scope="session")
def database() -> Iterator[MortalDatabase]:
    """A database server that may be killed, if it is there again afterwards."""
    with tempfile.TemporaryDirectory(prefix="tests-mysql-") as folder:
        try:
            database = MortalDatabase(Path(folder))
        except ServerMissingError as error:
            missing(str(error), "apt-get install mariadb-server")
        yield database
        database.stop()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalRegistry]:
    """A registry server that may be killed, if it is there again afterwards."""
    registry = MortalRegistry(tmp_path_factory.mktemp("mlflow"))
    yield registry
    registry.stop()


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory, database: MortalDatabase, registry: MortalRegistry) -> Plant:
    """Both servers, with a champion and a snapshot."""
    return Plant(tmp_path_factory.mktemp("plant"), database, registry)


@pytest.fixture(scope="session")
def service(plant: Plant) -> Iterator[Watch]:
    """A service that outlives all that is done to its servers."""
    with running_process(plant.settings("service")) as process:
        watch = Watch(process)
        watch.wait_for(plant.champion, plant.publication)
        yield watch


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that is soon full."""
    disk = tmp_path / "disk"
    with mounted(disk):
        yield disk


@pytest.fixture
def load(service: Watch, plant: Plant, matrix: Matrix, request: pytest.FixtureRequest) -> Iterator[Load]:
    """Constant load on the service while the test runs; in the end none of its requests has failed."""
    with Load(service.process.port, BODIES, plant.right) as load:
        load.wait_for_more()
        yield load
    matrix.add(request.node.name.removeprefix("test_").replace("_", " "), load)
    assert load.failures == []
