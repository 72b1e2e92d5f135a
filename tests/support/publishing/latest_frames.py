"""The published latest state as whole frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quantity.db.latest import read_latest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from quantity.db.latest import Pieces
    from quantity.versions import Published


def latest_frames(
    engine: Engine, columns: Mapping[str, Sequence[str]] | None = None
) -> tuple[Published, dict[str, pd.DataFrame]] | None:
    """The snapshot and its latest state by scope, or None where nothing is published."""
    return read_latest(engine, _whole, columns)


def _whole(snapshot: Published, pieces: Pieces) -> tuple[Published, dict[str, pd.DataFrame]]:
    return snapshot, {scope: pd.concat(frames, ignore_index=True) for scope, frames in pieces.items()}
