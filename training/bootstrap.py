"""Gets from a fresh checkout to a champion that the API can serve; does only what is still to do.

Run it as ``python -m training.bootstrap``; `make run` does, and then starts the API.
"""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.keys import named_as_in_the_files
from quantity.db.snapshots import published
from quantity.db.tables import replaced_tables
from quantity.settings import Settings, make_folders_or_exit, settings_or_exit
from quantity.tracking_server import TrackingServerError, client_variables, ensure_answering, without_passwords
from training.appending.refusal import AppendedLinesError, ensure_nothing_appended
from training.input_files.find import find_input_files
from training.publish.freshness import Remedy, freshness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

DONE, DATABASE_FAILED, UNUSABLE = range(3)
"""Exit codes, where no program that it runs has one. Training ends with the last one when it cannot train."""

EXAMPLE_PAIRS = 2

TEST_WINDOWS = 2
"""Fewer than training tests on by itself: the first answer is to come soon."""

CHAMPION_FOUND = "champion_found"
"""Stands beside MLflow's SQLite file when the model was found to have a champion."""

TRAINING_PENDING = "training_pending"
"""Stands there from before new features are made until they were trained on."""


def main(settings: Settings | None = None) -> int:
    """Make data, features and a champion where they are missing, and print a request to try."""
    settings = settings or settings_or_exit(training=True)
    engine = connect(settings.database_url)
    try:
        with client_variables():
            code = _prepare(settings, engine)
        if code == DONE:
            _say(f"try it when the service is ready:\n\n{example_request(settings, engine)}\n")
    except SQLAlchemyError as error:
        _complain(f"database {engine.url!r}: {message_of(error)}")
        return DATABASE_FAILED
    except TrackingServerError as error:
        _complain(f"MLflow {without_passwords(settings.tracking_uri)}: {error}")
        return DATABASE_FAILED
    finally:
        engine.dispose()
    return code


def _prepare(settings: Settings, engine: Engine) -> int:
    if settings.mlflow_tracking_uri is not None:
        # Before the minutes that the rest may take.
        ensure_answering(settings)
    found = find_input_files(settings.data_dir)
    is_empty = not (found.paths or found.unknown)
    if found.problems and not is_empty:
        # Files of whoever runs this: no sample is written beside them.
        _complain("\n".join(found.problems))
        return UNUSABLE
    if found.unknown:
        told = [f"{unknown.path.name}: {unknown.reason}" for unknown in found.unknown]
        _say(f"not read in {settings.data_dir}: {'; '.join(told)}")
    if is_empty and published(engine) is None:
        if code := _write_sample(settings):
            return code
        found = find_input_files(settings.data_dir)
    if code := _publish(settings, engine, found.paths):
        return code
    return _train_if_needed(settings)


def _write_sample(settings: Settings) -> int:
    # Each program is imported only when it has something to do: a second run is to be quick.
    from training import sample  # noqa: PLC0415 - see above

    make_folders_or_exit(settings, "data_dir")
    _say(f"{settings.data_dir} is empty: writing a year of real grocery orders there")
    return sample.main(["--out", str(settings.data_dir)])


def _publish(settings: Settings, engine: Engine, files: Sequence[Path]) -> int:
    found = freshness(engine, files, settings)
    if found.remedy is Remedy.NOTHING:
        return DONE
    if found.remedy is Remedy.LOAD_FILES:
        try:
            ensure_nothing_appended(engine)
        except AppendedLinesError as error:
            _complain(f"{found.reason}, but {error}")
            return UNUSABLE
    from training import preprocess  # noqa: PLC0415

    _say(f"preprocessing {settings.data_dir if found.remedy is Remedy.LOAD_FILES else 'again'}: {found.reason}")
    _pending(settings).parent.mkdir(parents=True, exist_ok=True)
    _pending(settings).touch()
    return preprocess.main(["--source", "db", "--incremental"] if found.remedy is Remedy.RECOMPUTE else [], settings)


def _train_if_needed(settings: Settings) -> int:
    if not _pending(settings).exists():
        if _has_champion(settings):
            _say("features and champion are there; `rm -r local training/artifacts/*` starts from nothing")
            return DONE
        if _tell_versions(settings):
            return DONE
    from training import train  # noqa: PLC0415

    _say("training")
    code = train.main(["--windows", str(TEST_WINDOWS)], settings)
    if code == DONE:
        _has_champion(settings)
    if code in (DONE, UNUSABLE):
        # Where it cannot train, it could not the next time either: not before the files change.
        _pending(settings).unlink(missing_ok=True)
    if code == UNUSABLE and _has_champion(settings):
        _say("the champion goes on serving, with the new features")
        return DONE
    return code


def _pending(settings: Settings) -> Path:
    return settings.local_dir / TRAINING_PENDING


def _has_champion(settings: Settings) -> bool:
    # Asking MLflow takes seconds; a store of this checkout's own is asked once.
    is_own = settings.mlflow_tracking_uri is None
    if is_own and (settings.local_dir / CHAMPION_FOUND).exists():
        return True
    from quantity.registry import version_number  # noqa: PLC0415

    ensure_answering(settings)
    found = version_number(settings) is not None
    if found and is_own:
        (settings.local_dir / CHAMPION_FOUND).touch()
    return found


def _tell_versions(settings: Settings) -> bool:
    """Whether there are versions, none of them champion: somebody removed the alias, and training undoes it not."""
    from quantity.registry import how_to_promote, version_numbers  # noqa: PLC0415

    numbers = version_numbers(settings)
    if numbers:
        _say(
            f"no version of {settings.model_name} is {settings.model_alias}, so none is served: "
            f"{how_to_promote(numbers[0])}, puts the newest one into service"
        )
    return bool(numbers)


def example_request(settings: Settings, engine: Engine) -> str:
    """A curl command that asks for the pairs with the most orders, on the snapshot's as-of date."""
    snapshot = published(engine)
    pairs = replaced_tables()["latest_store_product"]
    most = select(pairs.c.store_id, pairs.c.product_id).order_by(pairs.c.cnt_store_product.desc()).limit(EXAMPLE_PAIRS)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(most).mappings()]
    question: dict[str, object] = {"input": named_as_in_the_files(engine, rows)}
    if snapshot is not None:
        question["date"] = snapshot.as_of_date.isoformat()
    return (
        f"curl --silent http://127.0.0.1:{settings.api_port}/quantity/predict "
        f"--header 'Content-Type: application/json' \\\n  --data {shlex.quote(json.dumps(question))}"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"==> {text}\n")
    sys.stdout.flush()


def _complain(text: str) -> None:
    sys.stderr.write(f"bootstrap: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
