"""A snapshot as files: arrays that hold numbers and text only, and what they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic_core import from_json, to_json

from quantity.db.snapshots import Published
from quantity.features.definitions import PRODUCT_ATTRIBUTES, SCOPES, STORE_ATTRIBUTES, columns_of
from quantity.online.snapshot import ScopeState, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

INFO_FILE, ARRAYS_FILE = "info.json", "arrays.npz"


class OtherFeaturesError(RuntimeError):
    """The files hold the features of another version of the program."""


def write_snapshot(snapshot: Snapshot, folder: Path) -> None:
    """Write a snapshot into an empty folder."""
    arrays = {"store_id": snapshot.store_id, "product_id": snapshot.product_id}
    arrays |= {f"label.{name}": labels for name, labels in snapshot.labels.items()}
    arrays |= {f"keys.{scope}": state.keys for scope, state in snapshot.scopes.items()}
    arrays |= {f"features.{scope}": state.features for scope, state in snapshot.scopes.items()}
    np.savez(folder / ARRAYS_FILE, allow_pickle=False, **arrays)
    info = {"published": asdict(snapshot.info), "columns": _columns()}
    (folder / INFO_FILE).write_bytes(to_json(info))


def read_snapshot(folder: Path) -> Snapshot:
    """Read a snapshot back; no code of the files runs.

    Raises:
        OtherFeaturesError: the features' list has changed since it was written.
        Exception: the files are damaged, and fail in whatever way they do.
    """
    info = from_json((folder / INFO_FILE).read_bytes())
    if info["columns"] != _columns():
        raise OtherFeaturesError("it was written with another list of features")
    with (folder / ARRAYS_FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Snapshot(
            info=_published(info["published"]),
            store_id=arrays["store_id"],
            product_id=arrays["product_id"],
            labels={name: arrays[f"label.{name}"] for name in STORE_ATTRIBUTES + PRODUCT_ATTRIBUTES},
            scopes={scope: ScopeState(arrays[f"keys.{scope}"], arrays[f"features.{scope}"]) for scope in SCOPES},
        )


def _published(values: Mapping[str, Any]) -> Published:
    as_of, created = dt.date.fromisoformat(values["as_of_date"]), dt.datetime.fromisoformat(values["created_at"])
    return Published(**{**values, "as_of_date": as_of, "created_at": created})


def _columns() -> dict[str, list[str]]:
    return {scope: [column.name for column in columns_of(scope)] for scope in SCOPES}
