"""Of many orders training reads the newest and an even sample: the same ones each time, each counted for what it is."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.tables import replaced_tables
from tests.support.models.trained_model import publish_generated
from tests.support.settings import settings_for
from training.fit.dataset import cut_dataset, read_dataset
from training.fit.sampling import NEWEST_SHARE, plan_sampling
from training.fit.time_split import split_by_time

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL

    from training.fit.dataset import Dataset

A_DAY = 2_000
DAYS = np.arange("2024-01-01", "2024-12-01", dtype="datetime64[D]")
COUNTS = np.full(len(DAYS), A_DAY)
SPLIT = split_by_time(DAYS)
MOST = 100_000
READ = 1_500


@cache
def orders_of_a_year() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Store, product and day of orders: as many stores as products, all pairs on all days."""
    store, product = np.divmod(np.arange(A_DAY), 40)
    return np.tile(store, len(DAYS)), np.tile(product, len(DAYS)), np.repeat(DAYS, A_DAY)


def test_few_orders_are_all_read() -> None:
    for most in (0, COUNTS.sum()):
        everything = plan_sampling(DAYS, COUNTS, SPLIT, most)
        assert everything.is_everything
        assert everything.rows == COUNTS.sum()


def test_about_as_many_are_read_as_may_be() -> None:
    plan = plan_sampling(DAYS, COUNTS, SPLIT, MOST)
    assert plan.rows == pytest.approx(MOST, rel=1e-3)
    assert [days.end for days in plan.newest] == [*(window.start for window in SPLIT.windows), SPLIT.tests[-1].end]
    assert {(days.end - days.start).days for days in plan.newest} == {MOST * NEWEST_SHARE // len(plan.newest) // A_DAY}


def test_the_sample_is_even_over_days_stores_and_products() -> None:
    plan = plan_sampling(DAYS, COUNTS, SPLIT, MOST)
    store, product, day = orders_of_a_year()
    even = plan.is_even(store, product, day)
    share = plan.share.min()
    for key in (store, product, day.astype(np.int64), store * 40 + product):
        kinds, kind = np.unique(key, return_inverse=True)
        expected = np.bincount(kind) * share
        chi_squared = ((np.bincount(kind, even) - expected) ** 2 / (expected * (1 - share))).sum()
        # A sum of squares of so many standard normal numbers lies within six of its own standard deviations.
        assert abs(chi_squared - len(kinds)) < 6 * np.sqrt(2 * len(kinds))


def test_a_window_of_few_orders_is_read_whole() -> None:
    last = SPLIT.windows[-1]
    counts = np.where(last.mask(DAYS), 10, COUNTS)
    plan = plan_sampling(DAYS, counts, SPLIT, MOST)
    assert (plan.share[last.mask(DAYS)] == 1).all()
    assert (plan.share[~last.mask(DAYS)] < 1).all()


@pytest.fixture
def published(tmp_path: Path, database_url: URL) -> URL:
    settings = settings_for(tmp_path, database_url)
    publish_generated(settings, rows=6000)
    return settings.database_url


def test_the_database_gives_the_orders_that_the_sample_names(published: URL) -> None:
    engine = connect(published)
    frame = read_table(engine, replaced_tables()["features"])
    read = read_dataset(engine, most_rows=READ)
    engine.dispose()
    cut = cut_dataset(read.snapshot, frame.sample(frac=1, random_state=0), most_rows=READ)
    assert not read.sampling.is_everything
    assert len(read.y) + len(read.newest.y) == pytest.approx(READ, rel=0.15)
    assert read.digest == cut.digest
    for mine, theirs in ((read, cut), (read.newest, cut.newest)):
        pd.testing.assert_frame_equal(mine.X, theirs.X)
        assert np.array_equal(mine.y, theirs.y)
    assert_stands_for_all(read, frame)


def assert_stands_for_all(data: Dataset, frame: pd.DataFrame) -> None:
    date = frame["checkout_date"].to_numpy("datetime64[D]")
    keys = ["checkout_date", "store_id", "product_id"]
    for whole in data.sampling.newest:
        past = data.before(whole.end)
        assert past.weight is not None
        assert (np.diff(past.day) >= 0).all()
        assert past.weight.sum() == pytest.approx((date < np.datetime64(whole.end)).sum(), rel=0.1)
        newest = past.day >= np.datetime64(whole.start).astype(np.int64)
        assert (past.weight[newest] == 1).all()
        published = frame[whole.mask(date)].sort_values(keys)
        assert sorted(zip(past.X["product_id"][newest], past.y[newest], strict=True)) == sorted(
            zip(published["product_id"], published["quantity"], strict=True)
        )


def test_windows_are_tested_on_the_even_sample_alone() -> None:
    store, product, day = orders_of_a_year()
    plan = plan_sampling(DAYS, COUNTS, SPLIT, MOST)
    even = plan.is_even(store, product, day)
    for window in SPLIT.tests:
        assert even[window.mask(day)].sum() == pytest.approx(
            plan.share.min() * window.mask(DAYS).sum() * A_DAY, rel=0.1
        )
