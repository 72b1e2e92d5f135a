"""Order lines that wait on disk come back as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import create_engine

from tests.support.orders.random_orders import random_lines, raw_tables
from training.preprocessing import lines_on_disk
from training.preprocessing.lines_on_disk import LinesOnDisk

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_pieces_are_all_lines_each_time_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_on_disk, "LINES_A_PIECE", 100)
    items = raw_tables(random_lines(3, count=250)).order_items
    prices = items["variant_case_price_cents"].astype("Int64")
    items = items.assign(
        variant_case_price_cents=prices.where(prices.index % 2 == 0), quantity=items["quantity"] + 2**40
    )
    with LinesOnDisk(items, create_engine(f"sqlite:///{tmp_path}/orders.db")) as waiting:
        for _ in range(2):
            pieces = list(waiting)
            assert [len(piece) for piece in pieces] == [100, 100, 50]
            pd.testing.assert_frame_equal(pd.concat(pieces, ignore_index=True), items)
        assert (len(waiting), list(tmp_path.iterdir())) == (250, [])


def test_no_lines_are_no_pieces() -> None:
    with LinesOnDisk(raw_tables(random_lines(3, count=5)).order_items[:0], create_engine("sqlite://")) as waiting:
        assert (len(waiting), list(waiting)) == (0, [])
