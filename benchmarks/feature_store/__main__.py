"""What looking features up takes: the service's own lookup beside Feast's, in process both, in turns.

Run it with ``make bench-feature-store`` on the snapshot and the champion of the settings, exported and materialized as
``make feast-up`` does.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.serving.bodies import questions
from benchmarks.serving.errors import MissingError
from benchmarks.serving.subject import load_subject
from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.tables import replaced_tables
from quantity.features.definitions import ATTRIBUTES_OF, SCOPES
from quantity.settings import Settings, project_dir

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from benchmarks.serving.bodies import Question

FEAST = project_dir() / ".feast-venv" / "bin" / "python"
SIZES = (1, 3, 100, 1_000)
LOOKUPS, WARM_UP = 200, 5
KEYS = dict.fromkeys(key for keys in SCOPES.values() for key in keys)


class Attributes:
    """What the keys of a pair's features are beside its store and product."""

    def __init__(self, settings: Settings) -> None:
        engine = connect(settings.database_url)
        try:
            self._of = {
                scope: read_table(engine, replaced_tables()[f"latest_{scope}"], (f"{scope}_id", *names)).set_index(
                    f"{scope}_id"
                )
                for scope, names in ATTRIBUTES_OF.items()
            }
        finally:
            engine.dispose()

    def rows(self, asked: Question) -> list[dict[Hashable, Any]]:
        """The entity rows of a question."""
        pairs = pd.DataFrame({"store_id": asked.store_id, "product_id": asked.product_id})
        full = pairs.join(self._of["store"], on="store_id").join(self._of["product"], on="product_id")
        return full[list(KEYS)].fillna("").to_dict("records")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lookups", type=int, default=LOOKUPS, help="of each size and way (default %(default)s)")
    lookups = parser.parse_args().lookups
    settings = Settings()
    try:
        found = measured(settings, lookups)
    except MissingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    Console(width=100).print(table(found))
    return 0


def measured(settings: Settings, lookups: int) -> dict[int, tuple[list[float], list[float]]]:
    """By size, milliseconds of the own lookups and of Feast's.

    Raises:
        MissingError: there is no champion, no snapshot, or no Feast.
    """
    if not FEAST.exists():
        raise MissingError(f"{FEAST} does not exist: make feast-venv")
    subject, attributes = load_subject(settings), Attributes(settings)
    found: dict[int, tuple[list[float], list[float]]] = {}
    command = [str(FEAST), "-m", "benchmarks.feature_store.feast_lookups"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=project_dir()
    ) as feast:
        assert feast.stdin is not None
        assert feast.stdout is not None
        for size in SIZES:
            own, theirs = found.setdefault(size, ([], []))
            for number, asked in enumerate(questions(subject.snapshot.features, WARM_UP + lookups, size)):
                began = time.perf_counter()
                subject.predictor.features(asked.store_id, asked.product_id, asked.date)
                milliseconds = (time.perf_counter() - began) * 1000
                feast.stdin.write(json.dumps(attributes.rows(asked)) + "\n")
                feast.stdin.flush()
                answer = float(feast.stdout.readline())
                if number >= WARM_UP:
                    own.append(milliseconds)
                    theirs.append(answer)
        feast.stdin.close()
    return found


def table(found: Mapping[int, tuple[Sequence[float], Sequence[float]]]) -> Table:
    """Medians, 99th percentiles, and how many times as long Feast takes."""
    shown = Table("pairs", "own p50, ms", "p99", "Feast p50, ms", "p99", "Feast's p50 as a multiple")
    for size, (own, theirs) in found.items():
        (own50, own99), (feast50, feast99) = (np.percentile(times, (50, 99)) for times in (own, theirs))
        shown.add_row(
            f"{size:,}", f"{own50:.3f}", f"{own99:.3f}", f"{feast50:.1f}", f"{feast99:.1f}", f"{feast50 / own50:,.0f}"
        )
    return shown


if __name__ == "__main__":
    sys.exit(main())
