"""Requests a second and latency: the service beside the floor and its peers, in interleaved rounds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.serving.client import Client
from benchmarks.serving.errors import MeasurementError
from benchmarks.serving.wrk import run_wrk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.serving.wrk import Round
    from training.phases import Phases

WARM_UP_SECONDS = 3


@dataclass(frozen=True)
class Bodies:
    """A file of requests.

    Attributes:
        path: a body a line.
        count: how many.
        pairs: in each.
    """

    path: Path
    count: int
    pairs: int


@dataclass
class Contender:
    """A server under one load.

    Attributes:
        name: the server's.
        port: where it listens.
        path: the endpoint.
        bodies: what to ask it.
        sent: how many requests it has had: the next round begins after them.
        rounds: what has been measured.
    """

    name: str
    port: int
    path: str
    bodies: Bodies
    sent: int = 0
    rounds: list[Round] = field(default_factory=list)

    def check(self) -> None:
        """See that one request gets sensible quantities.

        Raises:
            MeasurementError: it does not.
        """
        client = Client(self.port)
        with self.bodies.path.open("rb") as file:
            answer = client.post(self.path, file.readline().strip())
        client.close()
        quantities = json.loads(answer)["predictions"]
        if len(quantities) != self.bodies.pairs or not all(isinstance(q, int) and q >= 1 for q in quantities):
            raise MeasurementError(f"{self.name} answered {answer[:500].decode()}")

    def run(self, seconds: int) -> Round:
        """Load it for some seconds."""
        done = run_wrk(self.port, self.path, self.bodies.path, skip=self.sent, seconds=seconds)
        self.sent += done.requests
        return done

    @property
    def repeated(self) -> bool:
        """Whether a round was so fast that it ran out of new bodies."""
        return any(done.requests > self.bodies.count for done in self.rounds)


def run_rounds(contenders: Sequence[Contender], rounds: int, seconds: int, phases: Phases) -> None:
    """Warm all of them up, then load them in turn.

    Raises:
        MeasurementError: an answer was wrong or a request failed.
    """
    phases.start("warm up", len(contenders))
    for contender in contenders:
        contender.check()
        contender.run(WARM_UP_SECONDS)
        phases.advance()
    phases.start("rounds", rounds * len(contenders))
    for _ in range(rounds):
        for contender in contenders:
            contender.rounds.append(contender.run(seconds))
            phases.advance()
