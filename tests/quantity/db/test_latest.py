"""The latest state is read in pieces, of one snapshot, if it has all that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quantity.db import latest
from quantity.db.snapshots import FeatureListError, published
from tests.support.publishing.latest_frames import latest_frames
from tests.support.publishing.published import marks, publish_marked, publish_seed
from tests.support.publishing.published_market import execute

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine

    from quantity.db.latest import Pieces
    from quantity.versions import Published


def test_the_latest_state_is_read_if_it_has_the_columns_that_are_asked_for(engine: Engine) -> None:
    """A model goes on serving on a snapshot of another list that has all that it reads."""
    publish_marked(engine, 1)
    execute(
        engine,
        "UPDATE published_snapshot SET features_digest = 'other'",
        "ALTER TABLE latest_store DROP COLUMN cnt_store_l30d",
        "ALTER TABLE latest_product ADD COLUMN of_next_year INTEGER",
    )
    scopes = ("store", "product", "store_type", "store_region", "category", "sub_category")
    pairs = ("store_product", "store_category", "region_category")
    wanted = {scope: (f"avg_qty_{scope}_l30d",) for scope in (*scopes, *pairs)}
    read = latest_frames(engine, wanted)
    assert read is not None
    assert marks(read[1]) == {1}
    with pytest.raises(FeatureListError, match=r"it lacks latest_store\.cnt_store_l30d\."):
        latest_frames(engine, wanted | {"store": ("cnt_store_l30d",)})


def test_the_pairs_come_in_pieces_by_store(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latest, "PIECE_ROWS", 10)
    snapshot = publish_seed(engine)

    def use(info: Published, pieces: Pieces) -> list[pd.DataFrame]:
        assert info == snapshot
        return list(pieces["store_product"])

    found = latest.read_latest(engine, use)

    assert found is not None
    assert len(found) > 2
    stores = [store for piece in found for store in sorted(set(piece["store_id"]))]
    assert stores == sorted(set(stores))
    assert sum(map(len, found)) == snapshot.pair_rows


def test_a_table_that_is_gone_is_told_like_its_columns(sqlite_engine: Engine) -> None:
    publish_marked(sqlite_engine, 1)
    execute(sqlite_engine, "DROP TABLE latest_region_category")
    with pytest.raises(FeatureListError, match=r"it lacks latest_region_category\.avg_qty_region_category_l30d, "):
        latest_frames(sqlite_engine)
    assert published(sqlite_engine) is not None
