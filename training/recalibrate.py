"""Proposes another range for the champion where its range no longer covers what it promises.

Run it as ``python recalibrate.py`` in this folder or ``python -m training.recalibrate`` anywhere.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.read import DatabaseReadError
from quantity.db.snapshots import FeatureListError, SnapshotChangedError
from quantity.registry import how_to_promote, version_number
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import (
    TrackingServerError,
    client_variables,
    ensure_answering,
    reason_of,
    without_passwords,
)
from training.fit.dataset import NoFeaturesError
from training.phases import Phases
from training.promotion.by_hand import AS_IS
from training.promotion.lock import PromotionBusyError, promotion_lock
from training.promotion.recalibration.copies import propose, proposed_copies, withdraw_others
from training.promotion.recalibration.evidence import TooFewOrdersError
from training.promotion.recalibration.follow import NotRecalibratedError, learn, registered
from training.promotion.recalibration.live import FEWEST_SCORED, HIGHEST, LIVE_DAYS, LOWEST, live_coverage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

DONE, SERVER_FAILED, NOTHING_TO_RECALIBRATE = range(3)
"""Exit codes."""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "recalibrate.py") -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit(training=True)
    try:
        with client_variables(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            ensure_answering(settings)
            _run(settings, always=arguments.always)
    except (NotRecalibratedError, TooFewOrdersError, NoFeaturesError, FeatureListError) as error:
        return _fail(NOTHING_TO_RECALIBRATE, str(error))
    except PromotionBusyError as error:
        return _fail(SERVER_FAILED, str(error))
    except (SQLAlchemyError, DatabaseReadError, SnapshotChangedError) as error:
        return _fail(SERVER_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except (TrackingServerError, MlflowException, OSError) as error:
        return _fail(SERVER_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")
    return DONE


def _run(settings: Settings, *, always: bool) -> None:
    engine = connect(settings.database_url)
    try:
        # The champion stays the same meanwhile, and two runs at once propose one copy.
        with promotion_lock(engine):
            champion = version_number(settings)
            if champion is None:
                _say(f"no version of {settings.model_name} is {settings.model_alias}: no range to learn again yet")
                return
            withdraw_others(settings, proposed_copies(settings, champion))
            stays = None if always else _why_it_stays(settings, engine, champion)
            _say(stays or _propose(settings, champion, always=always))
    finally:
        engine.dispose()


def _why_it_stays(settings: Settings, engine: Engine, champion: str) -> str | None:
    """Why nothing is proposed; None where the range no longer covers what it promises."""
    live = live_coverage(engine, champion)
    if live is None:
        too_few = f"the last {LIVE_DAYS} scored days have fewer than {FEWEST_SCORED} orders"
        return f"version {champion} stays as it is: {too_few}"
    if live.is_fine:
        return f"version {champion} stays as it is: {live}"
    for copy in proposed_copies(settings, champion):
        of_copy = live_coverage(engine, copy)
        if of_copy is None or of_copy.is_fine:
            how = f"version {copy} is proposed already: {how_to_promote(copy, AS_IS)}, promotes it"
            return f"version {champion}: {live}; {how}"
    _say(f"version {champion}: {live}, outside of {LOWEST:.0%} to {HIGHEST:.0%}")
    return None


def _propose(settings: Settings, champion: str, *, always: bool) -> str:
    with Phases(Console()) as phases:
        phases.start("learn the range again", 1)
        try:
            learned = learn(settings, champion)
        except TooFewOrdersError as error:
            if always:
                raise
            return f"version {champion} stays as it is: {error}"
        phases.advance()
        if not (always or learned.recalibration.helps):
            return f"version {champion} stays as it is: another range would not help: {learned.recalibration}"
        phases.start("log to MLflow and register", 1)
        copy = registered(settings, champion, learned)
        propose(settings, copy.number, f"proposed: the range of version {champion} learned again on {copy.evidence}")
        phases.advance()
    return (
        f"version {copy.number} of {settings.model_name} is proposed: version {champion} with a range learned again "
        f"on {copy.evidence}. It is replayed beside the {settings.model_alias}; "
        f"{how_to_promote(copy.number, AS_IS)}, promotes it"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"recalibrate: {message}\n")
    return code


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description=(
            f"Looks at how many of the last {LIVE_DAYS} scored days' orders the champion's range covers. Outside of "
            f"{LOWEST:.0%} to {HIGHEST:.0%} its range is learned again from the orders since its training, and a copy "
            "with that range is registered as a challenger, where that helps on orders that it does not follow. The "
            "champion stays champion: promote.py promotes the copy."
        ),
        epilog=f"exit codes: {DONE} proposed, or nothing to propose, or there is no champion yet, {SERVER_FAILED} "
        f"database or MLflow failed, {NOTHING_TO_RECALIBRATE} the champion cannot be loaded, there are no features, or "
        "with --always too few orders",
    )
    parser.add_argument("--always", action="store_true", help="propose a copy whatever the coverage")
    return parser


if __name__ == "__main__":
    sys.exit(main())
