"""What the stack's services may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.stack.conftest import SERVICES

if TYPE_CHECKING:
    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_runs_as_another_user_than_root_and_has_no_capabilities(stack: Stack, service: str) -> None:
    lines = stack.compose("exec", "--no-TTY", service, "cat", "/proc/1/status").splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}

    assert "0" not in status["Uid"]
    assert int(status["CapEff"][0], 16) == 0


def test_the_api_may_read_the_tables_and_not_write_them(stack: Stack) -> None:
    refused = stack.python(
        "api",
        "from sqlalchemy import text\n"
        "from sqlalchemy.exc import DBAPIError\n"
        "from quantity.db.engine import connect\n"
        "from quantity.settings import Settings\n"
        "with connect(Settings().database_url).connect() as connection:\n"
        "    assert connection.scalar(text('SELECT COUNT(*) FROM published_snapshot')) == 1\n"
        "    for statement in ('DELETE FROM published_snapshot', 'CREATE TABLE mine (id INT)', 'USE mlflow'):\n"
        "        try:\n"
        "            connection.execute(text(statement))\n"
        "        except DBAPIError as error:\n"
        "            print(error.orig.args[0])\n",
    )

    assert refused.split() == ["1142", "1142", "1044"]


def test_the_api_may_insert_into_the_prediction_log_and_not_change_it(stack: Stack) -> None:
    refused = stack.python(
        "api",
        "from sqlalchemy import text\n"
        "from sqlalchemy.exc import DBAPIError\n"
        "from quantity.db.engine import connect\n"
        "from quantity.settings import Settings\n"
        "with connect(Settings().database_url).connect() as connection:\n"
        "    connection.execute(text('INSERT INTO predictions SELECT * FROM predictions WHERE segment_id < 0'))\n"
        "    for statement in ('UPDATE predictions SET line = 1', 'DELETE FROM predictions',\n"
        "                      'DROP TABLE predictions', 'REPLACE INTO predictions SELECT * FROM predictions',\n"
        "                      'DELETE FROM promotions'):\n"
        "        try:\n"
        "            connection.execute(text(statement))\n"
        "        except DBAPIError as error:\n"
        "            print(error.orig.args[0])\n",
    )

    assert refused.split() == ["1142"] * 5
