"""The prediction service, with a log that signals switch: ``python -m benchmarks.serving.switched_log FILE``.

Two processes of one program differ by some percent for as long as they live, by where their memory lies; this one is
measured both ways. For each signal it writes a line to the file: `Mark`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

import msgspec

import api.__main__
import api.app
from api.predict.route import PredictRoute
from local_servers.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from api.predict.route import Answer

ON, OFF = signal.SIGUSR1, signal.SIGUSR2

MARK_SECONDS = 10.0


class Mark(msgspec.Struct):
    """How the service stands at a signal.

    Attributes:
        requests: how many it has been asked since its start.
        seconds: of its clock.
    """

    requests: int
    seconds: float


class Switch:
    """Switches the log of a service.

    Args:
        pid: of the service.
        path: the file of its marks.
    """

    def __init__(self, pid: int, path: Path) -> None:
        self._pid, self._path, self._read = pid, path, 0

    def to(self, state: signal.Signals) -> Mark:
        """Leave the log on or off from the next request on.

        Raises:
            TimeoutError: the service does not listen.
        """
        os.kill(self._pid, state)
        wait_until(self._has_more, "the log is switched", MARK_SECONDS, interval=0.001)
        with self._path.open("rb") as marks:
            marks.seek(self._read)
            line = marks.readline()
        self._read += len(line)
        return msgspec.json.decode(line, type=Mark)

    def _has_more(self) -> bool:
        return self._path.stat().st_size > self._read


class SwitchedRoute(PredictRoute):
    """The endpoint, with its log or without."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requests, self._switched, self._next = 0, self._log, self._log
        self._marks = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (ON, OFF):
            signal.signal(number, self._switch)

    def _switch(self, received: int, _: object) -> None:
        os.write(self._marks, msgspec.json.encode(Mark(self._requests, time.perf_counter())) + b"\n")
        self._next = self._switched if received == ON else None

    def _answer_and_keep(self, *args: Any) -> Answer:
        # Not at the signal, which may come in the middle of a request.
        self._log = self._next
        self._requests += 1
        return super()._answer_and_keep(*args)


if __name__ == "__main__":
    vars(api.app)[PredictRoute.__name__] = SwitchedRoute
    api.__main__.main()
