"""A MySQL server that is killed and comes back, on the same port and with the same data."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from local_servers.mysql_server import MysqlServer, add_users, find_server, install, server_process
from tests.support.containers.free_ports import free_port_range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What was committed must be there after a kill; what is lost with the machine's power does not matter here.
DURABLE = "--innodb-flush-log-at-trx-commit=2"


class MortalDatabase:
    """One server; it runs when it is made.

    Args:
        folder: for its data, with a short path.

    Raises:
        ServerMissingError: none is installed.
    """

    def __init__(self, folder: Path) -> None:
        self._program, self._folder = find_server(), folder
        self._port = free_port_range(1)[0]
        self._running: ExitStack | None = None
        install(self._program, folder)
        self.server = MysqlServer(self._port, self._folder)
        self.start()
        add_users(self.server)

    def start(self) -> None:
        """Start it, if it does not run."""
        if self._running is None:
            running = ExitStack()
            running.enter_context(server_process(self._program, self._folder, self._port, DURABLE))
            self._running = running

    def kill(self) -> None:
        """Kill it; it gets no chance to write anything."""
        os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)
        self.stop()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It accepts connections, and says nothing."""
        pid = int((self._folder / "pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it, if it runs."""
        if self._running is not None:
            self._running.close()
        self._running = None
