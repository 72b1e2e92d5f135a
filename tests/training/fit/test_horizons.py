"""Older features of the tested orders come from the raw tables, in the data set's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.db.engine import connect
from quantity.db.tables import replaced_tables
from tests.support.models.trained_model import publish_generated
from tests.support.settings import settings_for
from training.fit.dataset import read_dataset
from training.fit.horizons import HORIZONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from training.fit.dataset import Dataset


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    settings = settings_for(tmp_path)
    publish_generated(settings, rows=3000)
    engine = connect(settings.database_url)
    yield engine
    engine.dispose()


def test_every_tested_order_has_its_older_features(engine: Engine) -> None:
    data = read_dataset(engine)
    assert set(data.frozen) == set(HORIZONS)
    for days, older in data.frozen.items():
        now = data.X[data.tested].reset_index(drop=True)
        assert older["product_id"].equals(now["product_id"])
        for name in ("checkout_dow", "category"):
            pd.testing.assert_series_equal(older[name], now[name], check_categorical=False)
        fewer = older["cnt_store_product"] <= now["cnt_store_product"]
        assert fewer.all(), "an older snapshot knows no more orders"
        assert (older["cnt_product_l30d"] != now["cnt_product_l30d"]).any()
        known = np.isfinite(older["days_since_store_product"])
        assert (older["days_since_store_product"][known] >= days).all()


def test_a_sample_has_the_older_features_of_its_orders(engine: Engine) -> None:
    everything, some = read_dataset(engine), read_dataset(engine, most_rows=1000)
    key = ["date", "store", "product_id", "days"]

    def keyed(data: Dataset) -> pd.DataFrame:
        tested = data.tested
        frames = [
            frame.assign(date=data.date[tested], store=data.store_id[tested], days=days)
            for days, frame in data.frozen.items()
        ]
        return pd.concat(frames).set_index(key)["ewm_log_qty_product_h90d"].to_frame()

    of_some = keyed(some)
    assert 0 < len(of_some) < len(keyed(everything))
    pd.testing.assert_frame_equal(of_some, keyed(everything).loc[of_some.index])


def test_without_the_raw_tables_there_are_none(engine: Engine) -> None:
    with engine.begin() as connection:
        replaced_tables()["fact_order_items"].drop(connection)
    assert read_dataset(engine).frozen == {}


def test_raw_tables_of_other_orders_are_not_used(engine: Engine) -> None:
    table = replaced_tables()["fact_order_items"]
    with engine.begin() as connection:
        connection.execute(table.delete().where(table.c.line % 2 == 0))
    assert read_dataset(engine).frozen == {}
