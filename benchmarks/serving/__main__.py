"""Measures the prediction service beside its peers: ``python -m benchmarks.serving``, or ``make bench-serving``.

It needs what ``make run`` leaves: a published snapshot and a champion.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from benchmarks.serving import peers
from benchmarks.serving.contest import everybody
from benchmarks.serving.errors import MeasurementError, MissingError
from benchmarks.serving.large import large_findings, large_table, measure_large
from benchmarks.serving.log_price import log_findings, log_table, measure_log
from benchmarks.serving.memory import measure_memory
from benchmarks.serving.memory_report import memory_findings, memory_table
from benchmarks.serving.report import Finding, markdown
from benchmarks.serving.subject import load_subject
from benchmarks.serving.throughput import run_rounds
from benchmarks.serving.throughput_report import throughput_findings, throughput_table
from benchmarks.serving.wrk import require_wrk
from local_servers.mysql_server import ServerMissingError
from local_servers.programs import ProgramEndedError
from quantity.db.failures import message_of
from quantity.settings import Settings
from training.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.serving.memory import ActivePair

MEASURED, FAILED, MISSING, INTERRUPTED, ENDED = 0, 1, 2, 130, 143
"""Exit codes."""

PARTS = ("throughput", "log", "large", "memory")
LOADED_BY_WRK = {"throughput", "log"}
LONGEST_ROUND_SECONDS = 20
"""The load generator keeps a round's requests in memory."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; the result is the exit code."""
    options = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _end)
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    console = Console(width=130)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-serving-") as folder:
            findings = _measure(options, console, Path(folder))
    except MissingError as error:
        return _say(MISSING, str(error))
    except (MeasurementError, ProgramEndedError, TimeoutError) as error:
        return _say(FAILED, str(error))
    except SQLAlchemyError as error:
        return _say(FAILED, f"the database: {message_of(error)}")
    except KeyboardInterrupt:
        return _say(INTERRUPTED, "interrupted; what it had started has ended")
    console.print(markdown(findings), markup=False, highlight=False, soft_wrap=True)
    return MEASURED


def _measure(options: argparse.Namespace, console: Console, folder: Path) -> list[Finding]:
    parts = (options.only,) if options.only else PARTS
    if LOADED_BY_WRK & set(parts):
        require_wrk()
    settings = Settings()
    subject = load_subject(settings)
    findings: list[Finding] = []
    if "throughput" in parts:
        findings += _throughput(settings, subject, options, console, folder)
    if "log" in parts:
        findings += _log(settings, subject, options, console, folder)
    if "large" in parts:
        findings += _large(subject, console, folder)
    if "memory" in parts:
        findings += _memory(settings, console, folder)
    return findings


def _throughput(
    settings: Settings, subject: ActivePair, options: argparse.Namespace, console: Console, folder: Path
) -> list[Finding]:
    with Phases(console) as phases, everybody(settings, subject, folder, options.seconds, phases) as contenders:
        run_rounds(contenders, options.rounds, options.seconds, phases)
    if not peers.BENTOML.exists():
        console.print("BentoML is left out: it is not installed (`make bench-serving` installs it)")
    console.print(throughput_table(contenders))
    return throughput_findings(contenders)


def _log(
    settings: Settings, subject: ActivePair, options: argparse.Namespace, console: Console, folder: Path
) -> list[Finding]:
    with Phases(console) as phases:
        price = measure_log(settings, subject, folder, starts=options.rounds, phases=phases)
    console.print(log_table(price))
    return log_findings(price)


def _large(subject: ActivePair, console: Console, folder: Path) -> list[Finding]:
    with Phases(console) as phases:
        measured = measure_large(subject, folder, phases)
    console.print(large_table(measured))
    return large_findings(measured)


def _memory(settings: Settings, console: Console, folder: Path) -> list[Finding]:
    try:
        with Phases(console) as phases:
            memory = measure_memory(settings, folder, phases)
    except ServerMissingError as error:
        console.print(f"memory is not measured: {error} (apt-get install mariadb-server)")
        return [Finding("memory with a million pairs", f"not measured: {error}")]
    console.print(memory_table(memory))
    return memory_findings(memory)


def _say(code: int, message: str) -> int:
    sys.stderr.write(f"bench-serving: {message}\n")
    return code


def _end(*_: object) -> NoReturn:
    # Not where it stands: by the way of every `finally`, which ends what was started.
    sys.exit(ENDED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, help="only this part (default: all)")
    rounds = "rounds; for the log, starts of the service (default 5)"
    parser.add_argument("--rounds", type=int, choices=range(1, 101), default=5, metavar="N", help=rounds)
    parser.add_argument(
        "--seconds",
        type=int,
        choices=range(1, LONGEST_ROUND_SECONDS + 1),
        default=5,
        metavar="S",
        help=f"length of a round, at most {LONGEST_ROUND_SECONDS} (default 5)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
