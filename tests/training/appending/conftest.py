"""What the tests of appending share: runs of `preprocess.py`, and files of a day's orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.orders.csv_files import GOOD, ORDERS, order_file, order_line, write
from tests.support.publishing.preprocess_runs import Result
from training import preprocess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quantity.settings import Settings

FIRST_DAY = order_file(
    order_line(ORDER_ID="1", CHECKOUT_DATE="2022-11-05"),
    order_line(ORDER_ID="2", CHECKOUT_DATE="2022-11-06", QUANTITY="6"),
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the program with settings and arguments."""

    def run(settings: Settings, *arguments: str | Path) -> Result:
        capsys.readouterr()
        code = preprocess.main([str(argument) for argument in arguments], settings)
        printed = capsys.readouterr()
        return Result(code, " ".join(printed.out.split()), printed.err)

    return run


def load(settings: Settings, orders: str = FIRST_DAY) -> Settings:
    """Publish files of orders, with metadata of one store and product."""
    settings.data_dir.mkdir(parents=True)
    write(settings.data_dir, GOOD | {ORDERS: orders})
    assert preprocess.main([], settings) == preprocess.DONE
    return settings


@pytest.fixture
def loaded(settings: Settings) -> Settings:
    """Settings of a SQLite database that holds two order lines: 12 cases of order 1, 6 of order 2 a day later."""
    return load(settings)


@pytest.fixture
def loaded_database(database_settings: Settings) -> Settings:
    """The same in a database of each kind."""
    return load(database_settings)
