"""The published features as files: where they lie, and what the file beside them says of them.

`training.export_features` writes them, Feast reads them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

CURRENT = "current"
"""A link to the current export, a folder a scope, in the folder of the exports."""

MANIFEST = "manifest.json"
FORMAT = 1
"""Of the files: another number, and all of them are written again."""


class Day(BaseModel):
    """A day of the history.

    Attributes:
        part: whose rows they are. Rows of a part are never written again, and no other part gets its number.
        rows: how many orders it has.
    """

    model_config = ConfigDict(frozen=True)

    part: int
    rows: int


class Manifest(BaseModel):
    """What an export holds: one of these lies beside its files.

    Attributes:
        snapshot_id, created_at, run_id, raw_digest: which snapshot it is of.
        as_of_date: the first day that the snapshot does not know.
        state_timestamp: its beginning, the event timestamp of the latest state.
        features_digest: of the declared features.
        time_zone: in which a day begins.
        days: of the history.
    """

    model_config = ConfigDict(frozen=True)

    format: int = FORMAT
    snapshot_id: int
    created_at: dt.datetime
    run_id: str
    raw_digest: str | None
    as_of_date: dt.date
    state_timestamp: dt.datetime
    features_digest: str | None
    time_zone: str
    days: dict[dt.date, Day]


def read_manifest(export: Path) -> Manifest | None:
    """The manifest of an export, or None where there is none that this version can read."""
    try:
        return Manifest.model_validate_json((export / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValidationError):
        return None
