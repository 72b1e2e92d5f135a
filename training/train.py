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
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import SnapshotChangedError
from quantity.model.estimator import QuantityModel
from quantity.model.metrics import Metrics, evaluate
from quantity.settings import Settings
from training.dataset import Dataset, NoFeaturesError, read_dataset
from training.evaluation import Evaluation, comparison_table, evaluate_model
from training.gate import Policy, decide
from training.phases import Phases
from training.time_split import TooFewDaysError
from training.tracking import champion, log_and_register, prepare, tag_and_promote

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, SERVER_FAILED, NOTHING_TO_TRAIN_ON = range(3)
"""Exit codes."""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None) -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    # MLflow and Alembic narrate every step; what matters is printed here.
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser().parse_args(argv)
    settings = settings or Settings()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            train(settings, QuantityModel(max_iter=arguments.trees), arguments.promote, Console())
    except (NoFeaturesError, TooFewDaysError) as error:
        return _fail(NOTHING_TO_TRAIN_ON, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {error}")
    except MlflowException as error:
        return _fail(SERVER_FAILED, f"MLflow {settings.tracking_uri}: {error}")
    return DONE


def train(settings: Settings, model: QuantityModel, policy: Policy, console: Console) -> str:
    """Train, evaluate, register and, by the gate, promote; the result is the version's number."""
    prepare(settings)
    with Phases(console) as phases:
        data = _read(settings, phases)
        evaluation = _fit(model, data, phases)
        rival = champion(settings)
        rival_metrics = _evaluate_champion(rival[1], data) if rival else None
        phases.start("log to MLflow and register", 1)
        number = log_and_register(settings, model, data, evaluation)
        phases.advance()
    console.print(_sizes(data))
    console.print(comparison_table(evaluation, rival_metrics))
    scores = {name: metrics.score for name, metrics in evaluation.baselines.items()}
    if rival is not None:
        scores[f"champion version {rival[0]}"] = rival_metrics.score if rival_metrics else float("nan")
    decision = decide(policy, evaluation.model.score, scores)
    tag_and_promote(settings, number, decision)
    verdict = f"is now {settings.model_alias}" if decision.promote else f"is registered, not {settings.model_alias}"
    console.print(f"version {number} of {settings.model_name} {verdict}: {decision.reason}")
    return number


def _read(settings: Settings, phases: Phases) -> Dataset:
    engine = connect(settings.database_url)
    phases.start("read the features", 1)
    try:
        data = read_dataset(engine)
    finally:
        engine.dispose()
    phases.advance()
    return data


def _fit(model: QuantityModel, data: Dataset, phases: Phases) -> Evaluation:
    phases.start("fit the trees", len(model.objectives()))
    model.fit(data.train.X, data.train.y, on_progress=lambda _: phases.advance())
    phases.start("calibrate and evaluate", 2)
    model.calibrate(data.calibration.X, data.calibration.y)
    phases.advance()
    evaluation = evaluate_model(model, data.test)
    phases.advance()
    return evaluation


def _evaluate_champion(model: QuantityModel | None, data: Dataset) -> Metrics | None:
    if model is None:
        return None
    answers = model.answer(data.test.X)
    return evaluate(data.test.y, answers.quantity, answers.low, answers.high)


def _sizes(data: Dataset) -> str:
    return (
        f"snapshot {data.snapshot.snapshot_id}: {len(data.train.y):,} orders before {data.split.calibration_from} "
        f"to train on, {len(data.calibration.y):,} to calibrate on, {len(data.test.y):,} from "
        f"{data.split.test_from} to test on"
    )


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"train: {message}\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="train.py",
        description=(
            "Fits the quantity model on the published features, compares it with the baselines and the current "
            "champion on the latest orders, logs the run to MLflow and registers the model. MLflow is the server "
            "of MLFLOW_TRACKING_URI, else local files (see .env.example)."
        ),
        epilog=f"exit codes: {DONE} registered, {SERVER_FAILED} database or MLflow failed, "
        f"{NOTHING_TO_TRAIN_ON} no features to train on",
    )
    parser.add_argument(
        "--promote",
        choices=get_args(Policy),
        default="auto",
        help="auto: becomes champion if its score beats the champion's and every baseline's (default)",
    )
    parser.add_argument("--trees", type=int, default=60, help="trees in each ensemble (default 60)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
