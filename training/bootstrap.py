"""Gets from a fresh checkout to a champion that the API can serve; does only what is still to do.

Run it as ``python -m training.bootstrap``; `make run` does, and then starts the API.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from typing import TYPE_CHECKING

from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.db.snapshots import published
from quantity.db.tables import replaced_tables
from quantity.settings import Settings, settings_or_exit
from training.sample_data.csv_output import existing_files

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

DATABASE_FAILED = 1
"""Exit code, where no program that it runs has one."""

EXAMPLE_PAIRS = 2

TEST_WINDOWS = 2
"""Fewer than training tests on by itself: the first answer is to come soon."""

CHAMPION_FOUND = "champion_found"
"""Stands beside MLflow's SQLite file when the model was found to have a champion."""


def main(settings: Settings | None = None) -> int:
    """Make data, features and a champion where they are missing, and print a request to try."""
    settings = settings or settings_or_exit()
    engine = connect(settings.database_url)
    try:
        code = _prepare(settings, engine)
        if code == 0:
            _say(f"try it when the service is ready:\n\n{example_request(settings, engine)}\n")
    except SQLAlchemyError as error:
        sys.stderr.write(f"bootstrap: database {engine.url!r}: {message_of(error)}\n")
        return DATABASE_FAILED
    finally:
        engine.dispose()
    return code


def _prepare(settings: Settings, engine: Engine) -> int:
    # Each program is imported only when it has something to do: a second run is to be quick.
    files = existing_files(settings.data_dir)
    if not files:
        from training import sample  # noqa: PLC0415 - see above

        _say(f"{settings.data_dir} has no CSV files: writing a year of real grocery orders there")
        if code := sample.main(["--out", str(settings.data_dir)]):
            return code
        files = existing_files(settings.data_dir)
    fresh = _is_published(engine, files)
    if not fresh:
        from training import preprocess  # noqa: PLC0415

        _say(f"preprocessing {settings.data_dir}")
        if code := preprocess.main([], settings):
            return code
    if not fresh or not _has_champion(settings):
        from training import train  # noqa: PLC0415

        _say("training")
        if code := train.main(["--windows", str(TEST_WINDOWS)], settings):
            return code
        _has_champion(settings)
        return 0
    _say("features and champion are there; `rm -r local training/artifacts/*` starts from nothing")
    return 0


def _has_champion(settings: Settings) -> bool:
    # Asking MLflow takes seconds; a store of this checkout's own is asked once.
    is_own = settings.mlflow_tracking_uri is None
    if is_own and (settings.local_dir / CHAMPION_FOUND).exists():
        return True
    from quantity.registry import version_number  # noqa: PLC0415

    found = version_number(settings) is not None
    if found and is_own:
        (settings.local_dir / CHAMPION_FOUND).touch()
    return found


def _is_published(engine: Engine, files: list[Path]) -> bool:
    snapshot = published(engine)
    if snapshot is None:
        return False
    stored = {column["name"] for column in inspect(engine).get_columns("features")}
    if not stored >= set(replaced_tables()["features"].columns.keys()):
        _say("the published features lack some that this version of the project has")
        return False
    computed = snapshot.created_at.replace(tzinfo=dt.UTC).timestamp()
    return all(path.stat().st_mtime <= computed for path in files)


def example_request(settings: Settings, engine: Engine) -> str:
    """A curl command that asks for the pairs with the most orders, on the snapshot's as-of date."""
    snapshot = published(engine)
    pairs = replaced_tables()["latest_store_product"]
    most = select(pairs.c.store_id, pairs.c.product_id).order_by(pairs.c.cnt_store_product.desc()).limit(EXAMPLE_PAIRS)
    with engine.connect() as connection:
        question: dict[str, object] = {"input": [dict(row) for row in connection.execute(most).mappings()]}
    if snapshot is not None:
        question["date"] = snapshot.as_of_date.isoformat()
    return (
        f"curl --silent http://127.0.0.1:{settings.api_port}/quantity/predict "
        f"--header 'Content-Type: application/json' \\\n  --data '{json.dumps(question)}'"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"==> {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
