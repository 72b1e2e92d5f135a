"""What answers: the champion and the published snapshot, bound together as the service binds them."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quantity.db.keys import read_key_tables
from quantity.db.latest import read_latest
from quantity.model_files import load_model
from quantity.online.compile import compile_model
from quantity.online.predictor import Predictor
from quantity.online.snapshot import READ, Snapshot
from quantity.registry import download_version, version_number, version_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.settings import Settings


class NothingToAnswerWithError(RuntimeError):
    """There is no champion, or no snapshot."""


@dataclass(frozen=True)
class Answering:
    """A champion and the snapshot that it answers from.

    Attributes:
        predictor: both.
        snapshot: the latest state.
        version: the champion's number.
        keys: by kind (``store``, ``product``), the rows of its key table.
    """

    predictor: Predictor
    snapshot: Snapshot
    version: str
    keys: Mapping[str, pd.DataFrame]


def answering(settings: Settings, engine: Engine) -> Answering:
    """The champion and the published snapshot.

    Raises:
        NothingToAnswerWithError: there is none.
        FeatureListError, SnapshotChangedError: the snapshot is of other features, or changed during every attempt.
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError, mlflow.exceptions.MlflowException, OSError: database or
            registry failed.
    """
    version = version_number(settings)
    if version is None:
        raise NothingToAnswerWithError(_no_champion(settings))
    snapshot = read_latest(engine, Snapshot.build_in_pieces, READ)
    if snapshot is None:
        raise NothingToAnswerWithError("no features are published yet: run preprocess.py first")
    # After the snapshot: publications only add keys, so these hold all of the snapshot's.
    keys = read_key_tables(engine)
    with tempfile.TemporaryDirectory() as folder:
        model = compile_model(load_model(download_version(settings, version, Path(folder))))
    return Answering(Predictor(model, snapshot), snapshot.with_keys(keys), version, keys)


def _no_champion(settings: Settings) -> str:
    name, alias = settings.model_name, settings.model_alias
    if not version_numbers(settings):
        return f"the registry has no version of {name!r}: run train.py first"
    return (
        f"no version of {name!r} has the alias {alias!r}: `python -m training.promote` lists them and gives it to one"
    )
