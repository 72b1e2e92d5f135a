"""Users, passwords and databases of any letters: both drivers log in."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pymysql
import pytest
from pydantic import SecretStr
from sqlalchemy import Column, Integer, MetaData, Table, text

from local_servers.ports import HOST
from quantity.db.engine import connect
from quantity.db.load_data import bulk_connection
from quantity.db.read import read_table
from quantity.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

    from local_servers.mysql_server import MysqlServer

NUMBERS = Table("numbers", MetaData(), Column("a", Integer, primary_key=True))


@contextmanager
def account(server: MysqlServer, user: str, password: str, database: str) -> Iterator[Settings]:
    """The settings of a new user with a new database of its own; both are dropped at the end."""
    quoted = f"`{database.replace('`', '``')}`"
    name = pymysql.converters.escape_string(user)
    server.admin(
        f"CREATE DATABASE {quoted}",
        f"CREATE USER '{name}'@'%' IDENTIFIED BY '{pymysql.converters.escape_string(password)}'",
        f"GRANT ALL ON {quoted}.* TO '{name}'@'%'",
    )
    try:
        yield Settings(
            _env_file=None,
            mysql_host=HOST,
            mysql_port=server.port,
            mysql_user=user,
            mysql_password=SecretStr(password),
            mysql_database=database,
        )
    finally:
        server.admin(f"DROP USER '{name}'@'%'", f"DROP DATABASE {quoted}")


def assert_both_drivers_log_in(url: URL) -> None:
    """PyMySQL writes, with and without local files, and connectorx reads."""
    engine = connect(url)
    try:
        NUMBERS.create(engine)
        with engine.connect() as connection, bulk_connection(engine) as bulk:
            for each in (connection, bulk):
                assert each.scalar(text("SELECT DATABASE()")) == url.database
        assert read_table(engine, NUMBERS).empty
    finally:
        engine.dispose()


@pytest.mark.parametrize(
    "password",
    ["pässwörd", "пароль", "寿司🧀", "naïve€", 'it\'s "quoted" \\ `so` ', "p@ss:w/rd?#%25[1]&x=y", ""],
)
def test_any_password_logs_in(mysql_server: MysqlServer, password: str) -> None:
    with account(mysql_server, f"u{uuid.uuid4().hex[:8]}", password, f"d{uuid.uuid4().hex[:8]}") as settings:
        assert_both_drivers_log_in(settings.database_url)


@pytest.mark.parametrize("name", ["jürgen", "李雷", "o'neil", "a b@c:d/e?f#g%20h", "shop-1.orders"])
def test_any_name_of_a_user_or_database_is_found(mysql_server: MysqlServer, name: str) -> None:
    with account(mysql_server, name, "пароль", name.replace("/", "÷").replace(".", "·")) as settings:
        assert_both_drivers_log_in(settings.database_url)
