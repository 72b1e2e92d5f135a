"""Connections to MySQL: encrypted where that is demanded, patient only so long, and closed to the server's requests."""

from __future__ import annotations

import socket
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from local_servers.mysql_server import ServerMissingError, find_server, install, server_process
from local_servers.ports import HOST, free_port
from quantity.db.engine import connect
from quantity.db.load_data import bulk_connection
from quantity.db.read import read_table
from quantity.settings import Settings
from tests.support.certificates import Authority
from tests.support.required import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine

NUMBERS = Table("numbers", MetaData(), Column("a", Integer, primary_key=True))


@dataclass(frozen=True)
class TlsServer:
    """A server's data, which can be run with this certificate or that."""

    folder: Path
    program: str
    authority: Authority

    @contextmanager
    def running(self, *options: str) -> Iterator[Settings]:
        """The settings of the server's tables, with TLS demanded."""
        with server_process(self.program, self.folder, free_port(), *options) as server:
            server.admin("CREATE DATABASE IF NOT EXISTS test", "CREATE USER IF NOT EXISTS u@'%' IDENTIFIED BY 'p'")
            server.admin("GRANT ALL ON test.* TO u@'%'")
            yield Settings(
                _env_file=None,
                mysql_host="localhost",
                mysql_port=server.port,
                mysql_user="u",
                mysql_password="p",
                mysql_database="test",
                mysql_ssl_ca=self.authority.path,
            )

    def certified(self, name: str) -> tuple[str, ...]:
        """The options of a server with a certificate for this name."""
        certificate, key = self.authority.certify(name)
        return f"--ssl-ca={self.authority.path}", f"--ssl-cert={certificate}", f"--ssl-key={key}"


@pytest.fixture(scope="module")
def tls_server() -> Iterator[TlsServer]:
    with tempfile.TemporaryDirectory(prefix="tests-mysql-") as folder:
        try:
            program = find_server()
        except ServerMissingError as error:
            missing(str(error), "apt-get install mariadb-server")
        install(program, Path(folder))
        yield TlsServer(Path(folder), program, Authority(Path(folder)))


@contextmanager
def engine_of(url: URL, timeout_seconds: float | None = None) -> Iterator[Engine]:
    engine = connect(url, timeout_seconds=timeout_seconds)
    try:
        yield engine
    finally:
        engine.dispose()


def assert_refused(settings: Settings, reason: str) -> None:
    with engine_of(settings.database_url) as engine, pytest.raises(OperationalError, match=reason):
        engine.connect()


def test_with_an_authority_both_drivers_use_tls(tls_server: TlsServer) -> None:
    """That of bulk reads does not tell, but the server takes nothing else."""
    demanded = (*tls_server.certified("localhost"), "--require-secure-transport=on")
    with tls_server.running(*demanded) as settings, engine_of(settings.database_url) as engine:
        NUMBERS.create(engine)
        with engine.connect() as connection, bulk_connection(engine) as bulk:
            for each in (connection, bulk):
                assert each.execute(text("SHOW STATUS LIKE 'Ssl_cipher'")).one()[1].startswith("TLS_")
        assert read_table(engine, NUMBERS).empty


def test_a_server_of_another_name_is_refused(tls_server: TlsServer) -> None:
    with tls_server.running(*tls_server.certified("elsewhere")) as settings:
        assert_refused(settings, "not valid for 'localhost'")


def test_a_server_of_another_authority_is_refused(tls_server: TlsServer, tmp_path: Path) -> None:
    with tls_server.running(*tls_server.certified("localhost")) as settings:
        other = settings.model_copy(update={"mysql_ssl_ca": Authority(tmp_path).path})
        assert_refused(other, "certificate verify failed")


def test_a_server_without_tls_is_refused(tls_server: TlsServer) -> None:
    with tls_server.running("--skip-ssl") as settings:
        assert_refused(settings, "SSL is required")


def test_a_server_that_stays_silent_is_given_up(mysql_url: URL) -> None:
    """The time-out of the network connection does not cover the handshake."""
    with socket.create_server((HOST, 0)) as silent:
        url = mysql_url.set(port=silent.getsockname()[1])
        with engine_of(url, timeout_seconds=0.2) as engine, pytest.raises(OperationalError, match="timed out"):
            engine.connect()


def test_a_statement_that_takes_too_long_is_given_up(mysql_url: URL) -> None:
    with engine_of(mysql_url, timeout_seconds=0.2) as engine, engine.connect() as connection:  # noqa: SIM117
        with pytest.raises(OperationalError, match="timed out"):
            connection.execute(text("SELECT SLEEP(60)"))


def test_only_the_bulk_connection_sends_files(mysql_engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text("1\n2\n")
    load = text(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE numbers")
    NUMBERS.create(mysql_engine)
    with mysql_engine.connect() as connection, pytest.raises(SQLAlchemyError):
        connection.execute(load)
    assert read_table(mysql_engine, NUMBERS).empty
    with bulk_connection(mysql_engine) as connection:
        connection.execute(load)
        connection.commit()
    assert read_table(mysql_engine, NUMBERS)["a"].tolist() == [1, 2]
