"""A MariaDB or MySQL server with empty databases of its own, started from what is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pymysql
from sqlalchemy import URL

from local_servers.ports import HOST, free_port
from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

USER, READER = "quantity", "reader"
# Characters that mean something in an address must not matter.
PASSWORD = "p@ss:w/rd #1%?"
READER_PASSWORD = "reader"
START_SECONDS = 60.0
_SEARCHED = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"])


class ServerMissingError(Exception):
    """No server program is installed."""


@dataclass(frozen=True)
class MysqlServer:
    """A running server with two users: `USER` may do anything in its databases, `READER` may only read them.

    Attributes:
        port: where it listens on `HOST`.
        folder: of its data and its socket.
    """

    port: int
    folder: Path

    @property
    def socket(self) -> Path:
        """Where it listens on this machine alone."""
        return self.folder / "socket"

    def admin(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements as the administrator; the rows of the last one."""
        # By the socket, which may do without TLS: for it the driver would read all of the machine's certificates.
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", autocommit=True, ssl_disabled=True)
        try:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())
        finally:
            connection.close()

    @contextmanager
    def database(self) -> Iterator[URL]:
        """A new empty database."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.admin(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.admin(f"DROP DATABASE {name}")

    def url(self, database: str) -> URL:
        """The address of a database, as `USER`."""
        return URL.create(
            "mysql+pymysql",
            username=USER,
            password=PASSWORD,
            host=HOST,
            port=self.port,
            database=database,
            query={"charset": "utf8mb4"},
        )

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            pymysql.connect(host=HOST, port=self.port, user="root").close()
        except pymysql.err.OperationalError:
            return False
        return True


@contextmanager
def running_server() -> Iterator[MysqlServer]:
    """Start a server on a free port, with its data in a new folder; stop it and drop the folder at the end.

    Raises:
        ServerMissingError: none is installed.
    """
    program = find_server()
    # Not in pytest's own folder: the path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="tests-mysql-") as folder:
        install(program, Path(folder))
        with server_process(program, Path(folder), free_port()) as server:
            add_users(server)
            yield server


def find_server() -> str:
    """The path of the server's program.

    Raises:
        ServerMissingError: none is installed.
    """
    return _find("mariadbd", "mysqld")


def _find(*names: str) -> str:
    for name in names:
        if found := shutil.which(name, path=_SEARCHED):
            return found
    raise ServerMissingError(f"none of the programs {', '.join(names)} is installed")


def _common(folder: Path) -> list[str]:
    # As root, the server wants to be told that this is meant.
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    return ["--no-defaults", f"--datadir={folder / 'data'}", *as_root]


def install(program: str, folder: Path) -> None:
    """Make the data of a new server in an empty folder."""
    installer = shutil.which("mariadb-install-db", path=_SEARCHED)
    command = (
        [installer, *_common(folder), "--auth-root-authentication-method=normal", "--skip-test-db"]
        if installer
        else [program, *_common(folder), "--initialize-insecure"]
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=START_SECONDS)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


@contextmanager
def server_process(program: str, folder: Path, port: int, *options: str) -> Iterator[MysqlServer]:
    """A server on the data in a folder, which `install` has made."""
    server = MysqlServer(port, folder)
    command = [
        program,
        *_common(folder),
        f"--port={server.port}",
        f"--bind-address={HOST}",
        f"--socket={server.socket}",
        f"--pid-file={folder / 'pid'}",
        "--skip-name-resolve",
        "--local-infile=1",
        # The data need not outlive the session.
        "--innodb-flush-method=nosync",
        "--innodb-flush-log-at-trx-commit=0",
        *options,
    ]
    log = folder / "log"
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
        try:
            wait_until(lambda: process.poll() is not None or server.is_up(), "the MySQL server answers", START_SECONDS)
            if process.poll() is not None:
                raise RuntimeError(f"the MySQL server did not start:\n{log.read_text()}")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def add_users(server: MysqlServer) -> None:
    """Add the two users to a new server."""
    server.admin(
        f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'",
        f"GRANT ALL ON `test\\_%`.* TO '{USER}'@'%'",
        f"CREATE USER '{READER}'@'%' IDENTIFIED BY '{READER_PASSWORD}'",
        f"GRANT SELECT ON `test\\_%`.* TO '{READER}'@'%'",
    )
