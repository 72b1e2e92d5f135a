"""Who takes part in the throughput measurement, and with which requests."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from benchmarks.serving import peers
from benchmarks.serving.bodies import feature_bodies, questions, write_lines
from benchmarks.serving.programs import FLOOR, service
from benchmarks.serving.throughput import Bodies, Contender
from local_servers.programs import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.serving.memory import ActivePair
    from local_servers.programs import Program
    from quantity.online.snapshot import Snapshot
    from quantity.settings import Settings
    from training.phases import Phases

FEW, MANY = 3, 100
"""Pairs a request."""

MOST_A_SECOND = {FEW: 10_000, MANY: 4_000}
"""So many bodies are made for each second of a round: up to this rate none comes twice in it."""

PEERS_MOST_A_SECOND = 1_000

ENDPOINT = "/quantity/predict"


@contextmanager
def everybody(
    settings: Settings, subject: ActivePair, folder: Path, seconds: int, phases: Phases
) -> Iterator[list[Contender]]:
    """The contenders, up and running.

    Args:
        settings: of the service.
        subject: what it and its peers serve.
        folder: for bodies and logs.
        seconds: the length of a round.
        phases: told of the progress.
    """
    phases.start("make the requests", len(MOST_A_SECOND) + 1)
    few, many = (
        pair_bodies(subject.snapshot.features, folder, pairs, rate * seconds, phases)
        for pairs, rate in MOST_A_SECOND.items()
    )
    features = feature_bodies(settings, PEERS_MOST_A_SECOND * seconds, FEW)
    phases.advance()
    with ExitStack() as servers:
        with_bentoml = peers.BENTOML.exists()
        phases.start("start the servers", 4 if with_bentoml else 3)

        def start(program: Program) -> int:
            port = servers.enter_context(running(program, folder)).port
            phases.advance()
            return port

        floor, own = start(FLOOR), start(service())
        found = [Contender("floor", floor, ENDPOINT, few), Contender("service", own, ENDPOINT, few)]
        wrapped = [b'{"dataframe_split": ' + body + b"}" for body in features]
        port = start(peers.mlflow(settings))
        found.append(Contender("mlflow", port, "/invocations", _file(folder, "mlflow", wrapped)))
        if with_bentoml:
            port = start(peers.bentoml(settings, subject.model.version, folder))
            found.append(Contender("bentoml", port, "/predict", _file(folder, "bentoml", features)))
        found += [Contender("floor", floor, ENDPOINT, many), Contender("service", own, ENDPOINT, many)]
        yield found


def pair_bodies(snapshot: Snapshot, folder: Path, pairs: int, count: int, phases: Phases) -> Bodies:
    """A file of so many requests, each of so many pairs."""
    asked = (question.body() for question in questions(snapshot, count, pairs))
    path = write_lines(asked, folder / f"{pairs}-pairs")
    phases.advance()
    return Bodies(path, count, pairs)


def _file(folder: Path, name: str, bodies: list[bytes]) -> Bodies:
    return Bodies(write_lines(bodies, folder / f"{name}-bodies"), len(bodies), FEW)
