"""Makes a registered version the champion, the one that the API serves: by hand, forward or back.

Run it as ``python promote.py`` in this folder or ``python -m training.promote`` anywhere.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import tempfile
import warnings
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.model_files import ModelLoadError, load_model
from quantity.registry import (
    VersionNote,
    download_version,
    how_to_promote,
    version_notes,
    version_number,
)
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import (
    TrackingServerError,
    client_variables,
    ensure_answering,
    reason_of,
    without_passwords,
)
from training.promotion.by_hand import AS_IS, Chosen, choose
from training.promotion.lock import PromotionBusyError, promotion_lock
from training.promotion.moving import move_alias
from training.promotion.retention import delete_old
from training.promotion.trail import BY_HAND, Promotion, heal, history

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Engine

DONE, REGISTRY_FAILED, NOT_PROMOTED = range(3)
"""Exit codes."""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "promote.py") -> int:
    """Run the program; the result is its exit code."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit(training=True)
    engine = connect(settings.database_url)
    try:
        with client_variables(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="mlflow")
            ensure_answering(settings)
            return _run(settings, engine, arguments)
    except (TrackingServerError, MlflowException, OSError) as error:
        return _fail(REGISTRY_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")
    except SQLAlchemyError as error:
        return _fail(REGISTRY_FAILED, f"database {settings.database_url!r}: {message_of(error)}")
    except PromotionBusyError as error:
        return _fail(REGISTRY_FAILED, str(error))
    finally:
        engine.dispose()


def _run(settings: Settings, engine: Engine, arguments: argparse.Namespace) -> int:
    if arguments.history:
        return _history(settings, engine)
    if arguments.delete_old:
        return _delete_old(settings, engine)
    if arguments.version is None:
        return _list(settings)
    with _deciding(settings, engine) as trail:
        return _promote(settings, trail, arguments.version, as_is=arguments.as_is)


@contextmanager
def _deciding(settings: Settings, engine: Engine) -> Iterator[Engine | None]:
    """Hold the promotion lock. A database that is down keeps nobody from rolling back: it is told, and left out."""
    with ExitStack() as stack:
        try:
            stack.enter_context(promotion_lock(engine))
        except (SQLAlchemyError, OSError) as error:
            trouble = f"database {settings.database_url!r}: {message_of(error)}"
            _complain(f"warning: {trouble}; the next run with a database records what happens now")
            reachable = None
        else:
            heal(engine, settings)
            reachable = engine
        yield reachable


def _history(settings: Settings, engine: Engine) -> int:
    with suppress(PromotionBusyError), promotion_lock(engine, wait_seconds=0):
        heal(engine, settings)
    recorded = history(engine, settings)
    if not recorded:
        _say(f"no version of {settings.model_name} was ever {settings.model_alias}")
    sys.stdout.writelines(f"{_move(promotion)}\n" for promotion in recorded)
    return DONE


def _move(promotion: Promotion) -> str:
    moved = f"{promotion.from_version or 'none'} -> {promotion.to_version}"
    return f"{promotion.promoted_at:%Y-%m-%d %H:%M} UTC  {moved:>12}  {promotion.promoted_by:<12}  {promotion.reason}"


def _delete_old(settings: Settings, engine: Engine) -> int:
    if settings.model_retention == 0:
        return _fail(NOT_PROMOTED, "MODEL_RETENTION is 0: set it to the days that versions are kept")
    deleted = delete_old(settings, engine)
    _say(f"deleted of {settings.model_name}: {', '.join(deleted) if deleted else 'nothing'}")
    return DONE


def _list(settings: Settings) -> int:
    notes = version_notes(settings)
    if not notes:
        return _fail(NOT_PROMOTED, _no_versions(settings))
    champion = version_number(settings)
    sys.stdout.writelines(f"{_line(settings, note, champion)}\n" for note in notes)
    if champion is None:
        _say(f"no version is {settings.model_alias}: {how_to_promote(notes[0].number)}, promotes the newest")
    return DONE


def _line(settings: Settings, note: VersionNote, champion: str | None) -> str:
    mark = (settings.model_alias if note.number == champion else "").ljust(len(settings.model_alias))
    decided = note.promotion or "nothing was decided: its training ended early"
    return f"{note.number:>5}  {note.registered_at:%Y-%m-%d %H:%M} UTC  {mark}  {decided}"


def _promote(settings: Settings, trail: Engine | None, number: str, *, as_is: bool) -> int:
    known = [note.number for note in version_notes(settings)]
    if number not in known:
        there = f"there are {', '.join(known)}" if known else _no_versions(settings)
        return _fail(NOT_PROMOTED, f"{settings.model_name} has no version {number}: {there}")
    before = version_number(settings)
    chosen = Chosen(number) if as_is or trail is None or number == before else choose(settings, number)
    if chosen.number == before:
        _say(_told(settings, number, chosen, f"is {settings.model_alias} already"))
        return DONE
    if fault := _fault(settings, chosen.number):
        return _fail(NOT_PROMOTED, _told(settings, number, chosen, f"cannot be served: {fault}"))
    reason = f"promoted by hand on {dt.datetime.now(dt.UTC).date()} in place of {before or 'none'}"
    because = f"{reason}: {chosen.copy_of}" if chosen.copy_of else reason
    move_alias(settings, trail, chosen.number, because, promoted_by=BY_HAND)
    instead = f"in place of version {before}" if before else "no version was before"
    _say(_told(settings, number, chosen, f"is now {settings.model_alias}, {instead}"))
    return DONE


def _told(settings: Settings, number: str, chosen: Chosen, does: str) -> str:
    told = f"version {chosen.number} of {settings.model_name} {does}"
    return f"{told}. It is {chosen.copy_of}; {AS_IS} promotes version {number} itself" if chosen.copy_of else told


def _fault(settings: Settings, number: str) -> str | None:
    """Why a service of this version of the project could not load a version's files; None where it can."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            load_model(download_version(settings, number, Path(folder)))
        except (ModelLoadError, OSError) as error:
            return str(error).replace(f"{folder}/", "")
    return None


def _no_versions(settings: Settings) -> str:
    return f"the registry has no version of the model {settings.model_name!r}: `python -m training.train` makes one"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _complain(message: str) -> None:
    sys.stderr.write(f"promote: {message}\n")


def _fail(code: int, message: str) -> int:
    _complain(message)
    return code


def _number(text: str) -> str:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a version's number, such as 3")
    return str(int(text))


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description=(
            "Makes a version of the model the champion, the one that the API serves within seconds: the newest where "
            "there is none, or an earlier one to roll back. Its range follows the orders since its training: where "
            "that brings the coverage nearer to what is promised, a copy with such a range is registered, and promoted "
            "in its place. A version that the API could not load is refused. Without VERSION, all versions are listed, "
            "newest first, with what training decided about each. Each promotion is recorded in the table promotions; "
            "while the database is down it happens all the same, and the range stays."
        ),
        epilog=f"exit codes: {DONE} promoted, listed or deleted, {REGISTRY_FAILED} MLflow or the database failed, "
        f"{NOT_PROMOTED} there is no such version, it cannot be served, or MODEL_RETENTION is off",
    )
    act = parser.add_mutually_exclusive_group()
    act.add_argument("version", metavar="VERSION", type=_number, nargs="?", help="number of the version")
    act.add_argument("--history", action="store_true", help="list each time that the alias moved, newest first")
    act.add_argument(
        "--delete-old",
        action="store_true",
        help="delete versions that were never champion, are no challengers, and are older than MODEL_RETENTION days",
    )
    parser.add_argument(AS_IS, action="store_true", help="promote VERSION itself, with the range that it has")
    return parser


if __name__ == "__main__":
    sys.exit(main())
