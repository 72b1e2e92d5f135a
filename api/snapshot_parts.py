"""A snapshot in parts."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from api.loaded import LoadedSnapshot
from api.parts import OtherProgramError, Parts
from quantity.features.definitions import ATTRIBUTES, SCOPES, served_columns_of
from quantity.online.snapshot import Attribute, ScopeState, Snapshot
from quantity.versions import Published

if TYPE_CHECKING:
    from collections.abc import Mapping


def snapshot_to_parts(loaded: LoadedSnapshot) -> Parts:
    """Take a snapshot apart."""
    snapshot = loaded.snapshot
    arrays = {"store_id": snapshot.store_id, "product_id": snapshot.product_id}
    for name, attribute in snapshot.attributes.items():
        arrays |= {f"vocabulary.{name}": attribute.vocabulary, f"code.{name}": attribute.code}
    for scope, state in snapshot.scopes.items():
        arrays |= {f"keys.{scope}": state.keys, f"features.{scope}": state.features}
    return Parts({"published": asdict(snapshot.info), "columns": _columns()}, arrays)


def snapshot_of_parts(parts: Parts, origin: Literal["database", "local copy"]) -> LoadedSnapshot:
    """Put a snapshot together.

    Raises:
        OtherProgramError: the list of features was another one.
    """
    if parts.info["columns"] != _columns():
        raise OtherProgramError("it was written with another list of features")
    arrays = parts.arrays
    snapshot = Snapshot(
        info=_published(parts.info["published"]),
        store_id=arrays["store_id"],
        product_id=arrays["product_id"],
        attributes={name: Attribute(arrays[f"vocabulary.{name}"], arrays[f"code.{name}"]) for name in ATTRIBUTES},
        scopes={scope: ScopeState(arrays[f"keys.{scope}"], arrays[f"features.{scope}"]) for scope in SCOPES},
    )
    return LoadedSnapshot(snapshot, origin, dt.datetime.now(dt.UTC))


def _published(values: Mapping[str, Any]) -> Published:
    as_of, created = dt.date.fromisoformat(values["as_of_date"]), dt.datetime.fromisoformat(values["created_at"])
    return Published(**{**values, "as_of_date": as_of, "created_at": created})


def _columns() -> dict[str, list[str]]:
    return {scope: [column.name for column in served_columns_of(scope)] for scope in SCOPES}
