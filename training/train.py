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
from quantity.db.snapshots import FeatureListError, SnapshotChangedError, published
from quantity.model.estimator import QuantityModel
from quantity.registry import how_to_promote, version_numbers
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import TrackingServerError, client_variables, reason_of, without_passwords
from training.drift.reference import REFERENCE_FILE, feature_reference
from training.fit.dataset import Dataset, NoFeaturesError, read_dataset
from training.fit.evaluation import evaluate_windows
from training.fit.memory import memory_of_training
from training.fit.rolling import fits, roll
from training.fit.tables import comparison_table, kinds_table, windows_table
from training.fit.time_split import WINDOWS, TooFewDaysError
from training.fit.tracking import log_and_register, prepare
from training.phases import Phases, step_progress
from training.promotion.champion import current_champion
from training.promotion.deciding import Opponent, Trained, decide_and_promote, opponent
from training.promotion.gate import Policy
from training.promotion.lock import PromotionBusyError
from training.promotion.retention import delete_old
from training.publish.room import memory_room

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from training.promotion.gate import Decision

LINES_WORTH_TELLING = 1_000_000
"""With fewer order lines nobody asks what a run takes."""

DONE, SERVER_FAILED, NOTHING_TO_TRAIN_ON = range(3)
"""Exit codes."""

logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "train.py") -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    # MLflow and Alembic narrate every step; what matters is printed here.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit(training=True)
    try:
        with client_variables(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            train(settings, QuantityModel(max_iter=arguments.trees), arguments.windows, arguments.promote, Console())
    except (NoFeaturesError, FeatureListError, TooFewDaysError) as error:
        return _fail(NOTHING_TO_TRAIN_ON, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except PromotionBusyError as error:
        return _fail(SERVER_FAILED, str(error))
    except (TrackingServerError, MlflowException, OSError) as error:
        return _fail(SERVER_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")
    return DONE


def train(settings: Settings, model: QuantityModel, windows: int, policy: Policy, console: Console) -> str:
    """Train, evaluate, register and, by the gate, promote; the result is the version's number."""
    prepare(settings)
    engine = connect(settings.database_url)
    try:
        _tell_room(settings, engine, console)
        with Phases(console) as phases:
            trained, against = _train(settings, engine, model, windows, phases)
            phases.start("log to MLflow and register", 1)
            number = _register(settings, trained)
            decision, against = _decide(settings, engine, trained, against, number=number, policy=policy)
            phases.advance()
        _report(console, trained, against)
        console.print(_verdict(settings, number, decision, against))
        _delete_old(settings, engine, console)
    finally:
        engine.dispose()
    return number


def _train(
    settings: Settings, engine: Engine, model: QuantityModel, windows: int, phases: Phases
) -> tuple[Trained, Opponent]:
    champion = current_champion(settings)
    also = champion.other_inputs if champion else ()
    data = read_dataset(engine, windows, also, settings.training_rows, step_progress(phases))
    phases.start("fit, window by window", fits(data))
    rolled = roll(model, data, phases.advance)
    phases.start("evaluate", 2)
    evaluation = evaluate_windows(data, rolled.windows) if rolled.windows else None
    phases.advance()
    trained = Trained(data, rolled, evaluation, is_first=not version_numbers(settings))
    against = opponent(settings, trained, champion)
    phases.advance()
    return trained, against


def _tell_room(settings: Settings, engine: Engine, console: Console) -> None:
    snapshot = published(engine)
    if snapshot is None:
        return
    room = memory_room(memory_of_training(snapshot.feature_rows, snapshot.order_rows, settings.training_rows))
    if snapshot.order_rows >= LINES_WORTH_TELLING:
        console.print(f"this run {room}", soft_wrap=True)
    if room.is_memory_short:
        console.print(
            "warning: memory is short, and the system may end this run; with a smaller TRAINING_ROWS it takes less",
            soft_wrap=True,
        )


def _register(settings: Settings, trained: Trained) -> str:
    documents = {REFERENCE_FILE: feature_reference(trained.data, settings)}
    return log_and_register(settings, trained.rolled, trained.data, trained.evaluation, documents)


def _decide(
    settings: Settings, engine: Engine, trained: Trained, against: Opponent, *, number: str, policy: Policy
) -> tuple[Decision, Opponent]:
    try:
        return decide_and_promote(settings, engine, trained, against, number=number, policy=policy)
    except (SQLAlchemyError, PromotionBusyError):
        logger.warning("version %s is registered, and undecided: %s, promotes it", number, how_to_promote(number))
        raise


def _delete_old(settings: Settings, engine: Engine, console: Console) -> None:
    try:
        deleted = delete_old(settings, engine)
    except (SQLAlchemyError, PromotionBusyError, MlflowException, OSError) as error:
        logger.warning("old versions are kept until the next training: %s", reason_of(error))
        return
    if deleted:
        console.print(f"deleted, never {settings.model_alias} in {settings.model_retention} days: {', '.join(deleted)}")


def _verdict(settings: Settings, number: str, decision: Decision, against: Opponent) -> str:
    alias = settings.model_alias
    verdict = f"is now {alias}" if decision.promote else f"is registered, not {alias}"
    text = f"version {number} of {settings.model_name} {verdict}: {decision.reason}"
    if decision.promote or against.champion is not None:
        return text
    return f"{text}. No version is {alias}, so none is served: {how_to_promote(number)}, puts this one into service"


def _report(console: Console, trained: Trained, against: Opponent) -> None:
    console.print(_summary(trained.data))
    if trained.evaluation is not None:
        console.print(comparison_table(trained.evaluation, against.compared.champion if against.compared else None))
        console.print()
        console.print(kinds_table(trained.evaluation))
        console.print()
        console.print(windows_table(trained.evaluation))
    for where in trained.rolled.model.rule_.leaning():
        console.print(f"a baseline helps with the {where}")


def _summary(data: Dataset) -> str:
    orders = f"snapshot {data.snapshot.snapshot_id}: {data.published_rows:,} orders before {data.end}"
    if not data.sampling.is_everything:
        read, share = len(data.y) + len(data.newest.y), data.sampling.share.min()
        orders += f", {read:,} of them read (TRAINING_ROWS): those of the newest days, and {share:.2%} of the others"
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


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
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
        help="auto: becomes champion if its score beats every baseline's, and the champion's by more than noise "
        "(PROMOTION_LEVEL), or if there is no champion that answers (default); `python -m training.promote` promotes "
        "by hand",
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
