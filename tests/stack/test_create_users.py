"""The script that creates MySQL's users, on a server of the tests' own: what each may do, and that it may run again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pymysql
import pytest

from local_servers.mysql_server import ServerMissingError, running_server
from local_servers.ports import HOST
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_servers.mysql_server import MysqlServer

SCRIPT: Final = Path(__file__).parents[2] / "mysql_init" / "create_users.sh"
DATABASE: Final = "or_ders%`"
PASSWORD: Final = 'it\'s a \\ "pässword"'
USERS: Final = ("owner", "api_reader", "grafana_reader")
DENIED: Final = 1142


def quoted(table: str) -> str:
    return f"`{DATABASE.replace('`', '``')}`.{table}"


@pytest.fixture(scope="module")
def server() -> Iterator[MysqlServer]:
    """A server with the tables' database, empty."""
    try:
        with running_server() as server:
            server.admin(f"CREATE DATABASE {quoted('x').removesuffix('.x')}", "CREATE DATABASE `or1ders%``` ")
            yield server
    except ServerMissingError as error:
        missing(str(error), "apt-get install mariadb-server")


def create_users(server: MysqlServer) -> None:
    [(socket,)] = server.admin("SELECT @@socket")
    options = Path(socket).with_name(".my.cnf")
    options.write_text(f"[client]\nsocket={socket}\n", encoding="ascii")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(options.parent),
        "MYSQL_ROOT_PASSWORD": "",
        "MYSQL_DATABASE": DATABASE,
        "MLFLOW_MYSQL_PASSWORD": PASSWORD,
        **{f"MYSQL{part}_USER": user for part, user in zip(("", "_READER", "_GRAFANA"), USERS, strict=True)},
        **{f"MYSQL{part}_PASSWORD": PASSWORD for part in ("", "_READER", "_GRAFANA")},
    }
    done = subprocess.run(["bash", SCRIPT], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def error_of(server: MysqlServer, user: str, statement: str) -> int:
    """The number of the error that a user gets, or 0."""
    with pymysql.connect(
        host=HOST, port=server.port, user=user, password=PASSWORD.encode(), database=DATABASE, autocommit=True
    ) as connection:
        try:
            connection.cursor().execute(statement)
        except pymysql.MySQLError as error:
            return int(error.args[0])
    return 0


def grants(server: MysqlServer, user: str) -> list[str]:
    return [grant.split(" IDENTIFIED BY ")[0] for (grant,) in server.admin(f"SHOW GRANTS FOR '{user}'@'%'")]


def test_rights_are_the_same_before_and_after_the_tables_are_made_and_when_it_runs_again(server: MysqlServer) -> None:
    create_users(server)
    before = {user: grants(server, user) for user in USERS}
    assert error_of(server, "api_reader", "CREATE TABLE predictions (a INT)") == DENIED
    server.admin(
        f"CREATE TABLE {quoted('predictions')} (a INT PRIMARY KEY)", f"CREATE TABLE {quoted('promotions')} (a INT)"
    )

    create_users(server)

    assert {user: grants(server, user) for user in USERS} == before
    assert len(before["api_reader"]) == len(before["grafana_reader"]) + 1
    assert before["api_reader"][-1].startswith("GRANT INSERT ON ")


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ("SELECT * FROM promotions", set()),
        ("INSERT INTO predictions VALUES (1)", {"grafana_reader"}),
        ("INSERT INTO promotions VALUES (1)", {"api_reader", "grafana_reader"}),
        ("UPDATE predictions SET a = 2 WHERE a = 2", {"api_reader", "grafana_reader"}),
        ("DELETE FROM predictions", {"api_reader", "grafana_reader"}),
        ("REPLACE INTO predictions VALUES (3)", {"api_reader", "grafana_reader"}),
        ("ALTER TABLE predictions ADD COLUMN b INT", {"api_reader", "grafana_reader"}),
        ("DROP TABLE predictions", {"api_reader", "grafana_reader"}),
        ("CREATE TABLE predictions (a INT PRIMARY KEY)", {"api_reader", "grafana_reader"}),
    ],
)
def test_the_api_may_insert_into_the_log_and_nobody_who_reads_may_do_more(
    server: MysqlServer, statement: str, refused: set[str]
) -> None:
    create_users(server)
    owner, *readers = USERS
    for table in ("predictions", "promotions"):
        server.admin(f"CREATE TABLE IF NOT EXISTS {quoted(table)} (a INT PRIMARY KEY)", f"DELETE FROM {quoted(table)}")

    assert {user for user in readers if error_of(server, user, statement) == DENIED} == refused
    assert error_of(server, owner, statement) != DENIED


def test_another_database_whose_name_is_like_it_is_out_of_reach(server: MysqlServer) -> None:
    """In a grant, an underscore may stand for any letter."""
    create_users(server)
    server.admin("CREATE TABLE IF NOT EXISTS `or1ders%```.predictions (a INT)")
    for user in USERS:
        assert error_of(server, user, "INSERT INTO `or1ders%```.predictions VALUES (1)") == DENIED
        assert error_of(server, user, "SELECT * FROM `or1ders%```.predictions") == DENIED
