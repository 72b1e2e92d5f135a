"""Trains the quantity model on the published features, registers it, and promotes it if it is better.

Run it as ``python train.py`` in this folder or ``python -m training.train`` anywhere.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from typing import TYPE_CHECKING, get_args

from mlflow.exceptions import MlflowException
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import SnapshotChangedError
from quantity.model.estimator import QuantityModel
from quantity.settings import Settings, settings_or_exit
from training.fit.dataset import Dataset, NoFeaturesError, read_dataset
from training.fit.evaluation import Evaluation, evaluate_windows
from training.fit.gate import FIRST, UNLOADABLE, Policy, decide
from training.fit.rival import compare
from training.fit.rolling import fits, roll
from training.fit.tables import comparison_table, kinds_table, windows_table
from training.fit.time_split import WINDOWS, TooFewDaysError
from training.fit.tracking import current_champion, log_and_register, prepare, tag_and_promote
from training.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.fit.rival import Compared

DONE, SERVER_FAILED, NOTHING_TO_TRAIN_ON = range(3)
"""Exit codes."""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None) -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    # MLflow and Alembic narrate every step; what matters is printed here.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser().parse_args(argv)
    settings = settings or settings_or_exit()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            train(settings, QuantityModel(max_iter=arguments.trees), arguments.windows, arguments.promote, Console())
    except (NoFeaturesError, TooFewDaysError) as error:
        return _fail(NOTHING_TO_TRAIN_ON, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except MlflowException as error:
        return _fail(SERVER_FAILED, f"MLflow {settings.tracking_uri}: {error}")
    return DONE


def train(settings: Settings, model: QuantityModel, windows: int, policy: Policy, console: Console) -> str:
    """Train, evaluate, register and, by the gate, promote; the result is the version's number."""
    prepare(settings)
    with Phases(console) as phases:
        data = _read(settings, windows, phases)
        phases.start("fit, window by window", fits(data))
        rolled = roll(model, data, phases.advance)
        phases.start("evaluate", 2)
        evaluation = evaluate_windows(data, rolled.windows)
        phases.advance()
        champion = current_champion(settings)
        compared = compare(champion, data, rolled.windows, evaluation) if champion else None
        phases.advance()
        phases.start("log to MLflow and register", 1)
        number = log_and_register(settings, rolled, data, evaluation)
        phases.advance()
    _report(console, data, evaluation, rolled.model, compared)
    scores = {name: metrics.score for name, metrics in evaluation.baselines.items()}
    rival = compared.rival if compared else None
    decision = decide(policy, evaluation.model.score, scores, rival, alone=UNLOADABLE if champion else FIRST)
    tag_and_promote(settings, number, decision)
    verdict = f"is now {settings.model_alias}" if decision.promote else f"is registered, not {settings.model_alias}"
    console.print(f"version {number} of {settings.model_name} {verdict}: {decision.reason}")
    return number


def _read(settings: Settings, windows: int, phases: Phases) -> Dataset:
    engine = connect(settings.database_url)
    phases.start("read the features", 1)
    try:
        data = read_dataset(engine, windows)
    finally:
        engine.dispose()
    phases.advance()
    return data


def _report(
    console: Console, data: Dataset, evaluation: Evaluation, model: QuantityModel, compared: Compared | None
) -> None:
    tests = len(evaluation.windows)
    console.print(
        f"snapshot {data.snapshot.snapshot_id}: {len(data.y):,} orders before {data.windows[-1].end}; "
        f"{len(data.y[data.tested]):,} from {data.windows[1].start} to test on, in {tests} "
        f"window{'s' if tests > 1 else ''}, each answered by a model of what was before it"
    )
    console.print(comparison_table(evaluation, compared.champion if compared else None))
    console.print()
    console.print(kinds_table(evaluation))
    console.print()
    console.print(windows_table(evaluation))
    for where in model.rule_.leaning():
        console.print(f"a baseline helps with the {where}")


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"train: {message}\n")
    return code


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=(
            "Fits the quantity model on the published features, compares it with the baselines and the current "
            "champion on the latest orders in several windows, logs the run to MLflow and registers the model. MLflow "
            "is the server of MLFLOW_TRACKING_URI, else local files (see .env.example)."
        ),
        epilog=f"exit codes: {DONE} registered, {SERVER_FAILED} database or MLflow failed, "
        f"{NOTHING_TO_TRAIN_ON} no features to train on",
    )
    parser.add_argument(
        "--promote",
        choices=get_args(Policy),
        default="auto",
        help="auto: becomes champion if its score beats the champion's and every baseline's, or if there is no "
        "champion (default)",
    )
    parser.add_argument(
        "--windows",
        type=_positive,
        default=WINDOWS,
        help=f"windows of 28 days to test on, newest last; fewer where the orders are short (default {WINDOWS})",
    )
    parser.add_argument("--trees", type=_positive, default=QuantityModel().max_iter, help="trees in each ensemble")
    return parser


if __name__ == "__main__":
    sys.exit(main())
