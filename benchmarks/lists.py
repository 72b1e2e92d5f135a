"""What a million answers cost: the program `training.predict` beside the service asked for the same, in turns.

Run it with `make bench-lists` on the champion and the snapshot of the settings; it writes to a temporary folder alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx2
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.serving.programs import service
from local_servers.ports import HOST
from local_servers.programs import running
from quantity.settings import Settings
from training import predict
from training.proposals.files import WRITERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ANSWERS = 1_000_000
BODY_PAIRS = 10_000
GOAL_SECONDS = 20.0
"""For a million answers on 2 cores, what is read included."""


class Measured(NamedTuple):
    """A way to get the answers.

    Attributes:
        what: the way.
        answers: how many.
        seconds: wall time, from the start to the written file.
    """

    what: str
    answers: int
    seconds: float


def main() -> int:
    """Measure and print; the result is 1 where the goal is missed or a number differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=ANSWERS, help="about so many (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="in turns (default %(default)s)")
    arguments = parser.parse_args()
    settings = Settings()
    with tempfile.TemporaryDirectory() as folder:
        found, differing = measured(settings, Path(folder), arguments.answers, arguments.rounds)
    return report(found, differing)


def measured(settings: Settings, folder: Path, answers: int, rounds: int) -> tuple[list[Measured], int]:
    """Each way in turns, and how many quantities the service has answered otherwise."""
    pairs, dates = questions(settings, folder, answers)
    found: list[Measured] = []
    differing = 0
    with running(service(), folder) as server:
        for _ in range(rounds):
            for ending in WRITERS:
                out = folder / f"answers{ending}"
                began = time.perf_counter()
                ask_program(settings, dates, out)
                found.append(
                    Measured(f"training.predict, {ending}", len(pairs) * len(dates), time.perf_counter() - began)
                )
            began = time.perf_counter()
            quantities = list(ask_service(server.port, pairs, dates))
            found.append(Measured("the service, asked", len(quantities), time.perf_counter() - began))
            differing += int((pd.read_parquet(folder / "answers.parquet")["quantity"] != quantities).sum())
    return found, differing


def questions(settings: Settings, folder: Path, answers: int) -> tuple[pd.DataFrame, list[dt.date]]:
    """The active pairs as the program has them, and so many dates that there are about so many answers."""
    out, first = folder / "pairs.parquet", dt.date(2018, 1, 8)
    ask_program(settings, [first], out)
    pairs = pd.read_parquet(out)[["store_id", "product_id"]]
    return pairs, [first + dt.timedelta(days=day) for day in range(max(round(answers / len(pairs)), 1))]


def ask_program(settings: Settings, dates: Sequence[dt.date], out: Path) -> None:
    """Have the program write the answers for these dates."""
    code = predict.main(["--from", str(dates[0]), "--to", str(dates[-1]), "--out", str(out)], settings)
    if code != predict.DONE:
        sys.exit(code)


def ask_service(port: int, pairs: pd.DataFrame, dates: Sequence[dt.date]) -> Iterator[int | None]:
    """Ask the service for the same in bodies of the most pairs that it takes."""
    records = pairs.to_dict("records")
    with httpx2.Client(base_url=f"http://{HOST}:{port}", timeout=60) as client:
        for date in dates:
            for first in range(0, len(records), BODY_PAIRS):
                body = json.dumps({"input": records[first : first + BODY_PAIRS], "date": str(date), "shown": False})
                answer = client.post("/quantity/predict", content=body, headers={"Content-Type": "application/json"})
                answer.raise_for_status()
                yield from answer.json()["predictions"]


def report(found: Sequence[Measured], differing: int) -> int:
    """Print the median of each way, and how many times as long the service takes."""
    seconds = pd.DataFrame(found).groupby("what", sort=False)["seconds"].agg(["median", "min", "max"])
    answers = found[0].answers
    table = Table("way", "answers", "seconds", "least to most", "answers a second", "beside the first")
    for what, row in seconds.iterrows():
        table.add_row(
            str(what),
            f"{answers:,}",
            f"{row['median']:.1f}",
            f"{row['min']:.1f} to {row['max']:.1f}",
            f"{answers / row['median']:,.0f}",
            f"{row['median'] / seconds['median'].iloc[0]:.1f}",
        )
    Console(width=110).print(table)
    goal = GOAL_SECONDS * max(answers / ANSWERS, 1)
    sys.stdout.write(f"goal: {goal:.0f} s; quantities that differ: {differing}\n")
    return int(bool(differing) or seconds["median"].iloc[0] > goal)


if __name__ == "__main__":
    sys.exit(main())
