"""What the tests of `preprocess.py` share."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.support.orders.csv_files import (
    GOOD,
    write,
)
from tests.support.publishing.preprocess_runs import Result
from tests.support.settings import settings_for
from training import preprocess
from training.sample_data import synthetic
from training.sample_data.csv_output import write_csv_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from local_servers.mysql_server import MysqlServer
    from quantity.settings import Settings


ROWS = 600


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the program with settings and arguments."""

    def run(settings: Settings, *arguments: str) -> Result:
        capsys.readouterr()
        code = preprocess.main(list(arguments), settings)
        printed = capsys.readouterr()
        # Lines are folded to the terminal's width, and a table's borders are not its content.
        out = " ".join(printed.out.replace("│", " ").split())
        return Result(code, out, printed.err)

    return run


@pytest.fixture(scope="session")
def csv_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated files."""
    folder = tmp_path_factory.mktemp("csv")
    write_csv_files(synthetic.synthetic_tables(ROWS, weeks=12), folder)
    return folder


@pytest.fixture(scope="module", params=["sqlite", "mysql"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a database that holds the good files; tests that use it change nothing there."""
    with ExitStack() as stack:
        url = None
        if request.param == "mysql":
            server: MysqlServer = request.getfixturevalue("mysql_server")
            url = stack.enter_context(server.database())
        settings = settings_for(tmp_path_factory.mktemp("loaded"), url)
        settings.data_dir.mkdir()
        write(settings.data_dir, GOOD)
        assert preprocess.main([], settings) == preprocess.DONE
        yield settings


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder of good files, to be spoilt."""
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder, GOOD)
    return folder
