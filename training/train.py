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
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.model.estimator import QuantityModel
from quantity.registry import how_to_promote, version_numbers
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import TrackingServerError, limited_patience, reason_of, without_passwords
from training.fit.champion import current_champion
from training.fit.dataset import Dataset, NoFeaturesError, read_dataset
from training.fit.evaluation import evaluate_windows
from training.fit.gate import FIRST, NO_CHAMPION, Policy, decide, decide_untested
from training.fit.rival import compare
from training.fit.rolling import fits, roll
from training.fit.tables import comparison_table, kinds_table, windows_table
from training.fit.time_split import FEWEST_TO_TEST, WINDOWS, TooFewDaysError
from training.fit.tracking import log_and_register, prepare, tag_and_promote
from training.phases import Phases

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.fit.champion import Champion
    from training.fit.evaluation import Evaluation
    from training.fit.gate import Decision
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
    settings = settings or settings_or_exit(training=True)
    try:
        with limited_patience(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            train(settings, QuantityModel(max_iter=arguments.trees), arguments.windows, arguments.promote, Console())
    except (NoFeaturesError, FeatureListError, TooFewDaysError) as error:
        return _fail(NOTHING_TO_TRAIN_ON, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except (TrackingServerError, MlflowException, OSError) as error:
        return _fail(SERVER_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")
    return DONE


def train(settings: Settings, model: QuantityModel, windows: int, policy: Policy, console: Console) -> str:
    """Train, evaluate, register and, by the gate, promote; the result is the version's number."""
    prepare(settings)
    with Phases(console) as phases:
        champion = current_champion(settings)
        data = _read(settings, windows, champion.other_inputs if champion else (), phases)
        phases.start("fit, window by window", fits(data))
        rolled = roll(model, data, phases.advance)
        phases.start("evaluate", 2)
        evaluation = evaluate_windows(data, rolled.windows) if rolled.windows else None
        phases.advance()
        compared = compare(champion, data, rolled.windows, evaluation) if champion and evaluation else None
        phases.advance()
        phases.start("log to MLflow and register", 1)
        is_first = not version_numbers(settings)
        number = log_and_register(settings, rolled, data, evaluation)
        decision = _decide(policy, evaluation, compared, _alone(champion, compared, is_first=is_first))
        tag_and_promote(settings, number, decision)
        phases.advance()
    _report(console, data, evaluation, rolled.model, compared)
    console.print(_verdict(settings, number, decision, has_champion=decision.promote or champion is not None))
    return number


def _read(settings: Settings, windows: int, also: Sequence[str], phases: Phases) -> Dataset:
    engine = connect(settings.database_url)
    phases.start("read the features", 1)
    try:
        data = read_dataset(engine, windows, also)
    finally:
        engine.dispose()
    phases.advance()
    return data


def _alone(champion: Champion | None, compared: Compared | None, *, is_first: bool) -> str | None:
    """Why there is no champion that answers; None where there is one."""
    if champion is None:
        return FIRST if is_first else NO_CHAMPION
    if compared is not None:
        return compared.trouble or None
    if champion.has_other_features:
        return f"champion version {champion.version} is of another list of features"
    return f"champion version {champion.version} cannot be loaded: {champion.trouble}" if champion.trouble else None


def _decide(policy: Policy, evaluation: Evaluation | None, compared: Compared | None, alone: str | None) -> Decision:
    if evaluation is None:
        return decide_untested(policy, f"the orders are of 1 day, and a test takes {FEWEST_TO_TEST}", alone)
    scores = {name: metrics.score for name, metrics in evaluation.baselines.items()}
    return decide(policy, evaluation.model.score, scores, compared.rival if compared else None, alone or "")


def _verdict(settings: Settings, number: str, decision: Decision, *, has_champion: bool) -> str:
    alias = settings.model_alias
    verdict = f"is now {alias}" if decision.promote else f"is registered, not {alias}"
    text = f"version {number} of {settings.model_name} {verdict}: {decision.reason}"
    if has_champion:
        return text
    return f"{text}. No version is {alias}, so none is served: {how_to_promote(number)}, puts this one into service"


def _report(
    console: Console, data: Dataset, evaluation: Evaluation | None, model: QuantityModel, compared: Compared | None
) -> None:
    console.print(_summary(data))
    if evaluation is not None:
        console.print(comparison_table(evaluation, compared.champion if compared else None))
        console.print()
        console.print(kinds_table(evaluation))
        console.print()
        console.print(windows_table(evaluation))
    for where in model.rule_.leaning():
        console.print(f"a baseline helps with the {where}")


def _summary(data: Dataset) -> str:
    orders = f"snapshot {data.snapshot.snapshot_id}: {len(data.y):,} orders before {data.end}"
    tests = data.split.tests
    if not tests:
        return f"{orders}, all of one day: none to test on"
    return (
        f"{orders}; {len(data.y[data.tested]):,} from {tests[0].start} to test on, in {len(tests)} "
        f"window{'s' if len(tests) > 1 else ''}, each answered by a model of what was before it"
    )


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
        "champion that answers (default); `python -m training.promote` promotes by hand",
    )
    parser.add_argument(
        "--windows",
        type=_positive,
        default=WINDOWS,
        help="windows to test on, each of 28 days, or more where few of them have orders; fewer windows where the "
        f"orders are short (default {WINDOWS})",
    )
    parser.add_argument("--trees", type=_positive, default=QuantityModel().max_iter, help="trees in each ensemble")
    return parser


if __name__ == "__main__":
    sys.exit(main())
