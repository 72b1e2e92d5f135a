"""Makes a registered version the champion, the one that the API serves: by hand, forward or back.

Run it as ``python promote.py`` in this folder or ``python -m training.promote`` anywhere.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

from quantity.model_files import ModelLoadError, load_model
from quantity.registry import (
    VersionNote,
    download_version,
    how_to_promote,
    set_champion,
    version_notes,
    version_number,
)
from quantity.settings import Settings, settings_or_exit
from quantity.tracking_server import (
    TrackingServerError,
    ensure_answering,
    limited_patience,
    reason_of,
    without_passwords,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, REGISTRY_FAILED, NOT_PROMOTED = range(3)
"""Exit codes."""


def main(argv: Sequence[str] | None = None, settings: Settings | None = None) -> int:
    """Run the program; the result is its exit code."""
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    arguments = _parser().parse_args(argv)
    settings = settings or settings_or_exit(training=True)
    try:
        with limited_patience():
            ensure_answering(settings)
            return _list(settings) if arguments.version is None else _promote(settings, arguments.version)
    except (TrackingServerError, MlflowException) as error:
        return _fail(REGISTRY_FAILED, f"MLflow {without_passwords(settings.tracking_uri)}: {reason_of(error)}")


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


def _promote(settings: Settings, number: str) -> int:
    known = [note.number for note in version_notes(settings)]
    if number not in known:
        there = f"there are {', '.join(known)}" if known else _no_versions(settings)
        return _fail(NOT_PROMOTED, f"{settings.model_name} has no version {number}: {there}")
    before = version_number(settings)
    if number == before:
        _say(f"version {number} of {settings.model_name} is {settings.model_alias} already")
        return DONE
    if fault := _fault(settings, number):
        return _fail(NOT_PROMOTED, f"version {number} of {settings.model_name} cannot be served: {fault}")
    today = dt.datetime.now(dt.UTC).date()
    set_champion(settings, number, f"promoted by hand on {today} in place of {before or 'none'}")
    instead = f"in place of version {before}" if before else "no version was before"
    _say(f"version {number} of {settings.model_name} is now {settings.model_alias}, {instead}")
    return DONE


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


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"promote: {message}\n")
    return code


def _number(text: str) -> str:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a version's number, such as 3")
    return str(int(text))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="promote.py",
        description=(
            "Makes a version of the model the champion, the one that the API serves within seconds: the newest where "
            "there is none, or an earlier one to roll back. A version that the API could not load is refused. Without "
            "VERSION, all versions are listed, newest first, with what training decided about each."
        ),
        epilog=f"exit codes: {DONE} promoted or listed, {REGISTRY_FAILED} MLflow failed, {NOT_PROMOTED} there is no "
        "such version, or it cannot be served",
    )
    parser.add_argument("version", metavar="VERSION", type=_number, nargs="?", help="number of the version")
    return parser


if __name__ == "__main__":
    sys.exit(main())
