"""Columns that come in chunks are held small, and their digest is of the values, not of how they came."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.fit.columns import Columns

ROWS = 60
NAMES = ["store_id", "product_id", "checkout_date", "quantity", "level", "category"]


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    level = rng.normal(size=ROWS)
    level[::7] = np.nan
    category = pd.Series([f"Category {i % 5}" if i % 9 else None for i in range(ROWS)], dtype="str")
    return pd.DataFrame(
        {
            "store_id": rng.integers(1, 2**31, ROWS),
            "product_id": rng.integers(1, 2**31, ROWS),
            "checkout_date": pd.date_range("2024-01-01", periods=ROWS).astype("datetime64[s]"),
            "quantity": rng.integers(1, 100, ROWS),
            "level": level,
            "category": category,
            "beside": rng.integers(0, 9, ROWS),
        }
    )


def collected(*chunks: pd.DataFrame) -> Columns:
    columns = Columns(NAMES)
    for chunk in chunks:
        columns.add(chunk)
    return columns


def test_the_digest_is_the_same_in_any_order_and_in_any_chunks(frame: pd.DataFrame) -> None:
    whole = collected(frame).digest
    shuffled = frame.sample(frac=1, random_state=0)
    # A chunk without missing values has them as whole numbers.
    known = frame.assign(level=frame["level"].round())
    assert collected(shuffled.iloc[:13], shuffled.iloc[13:]).digest == whole
    parts = [known[known["level"].isna()], known[known["level"].notna()].astype({"level": "int64"})]
    assert collected(*parts).digest == collected(known).digest
    assert collected(frame.assign(beside=0)).digest == whole


@pytest.mark.parametrize("name", NAMES)
def test_the_digest_changes_with_any_value(frame: pd.DataFrame, name: str) -> None:
    changed = frame.copy()
    changed[name] = changed[name].where(changed.index != ROWS // 2, frame[name].shift(1))
    assert collected(changed).digest != collected(frame).digest
    assert collected(frame.iloc[1:]).digest != collected(frame).digest


def test_values_are_held_small_and_come_back_in_the_order_asked_for(frame: pd.DataFrame) -> None:
    columns = collected(frame.iloc[:20], frame.iloc[20:])
    assert len(columns) == ROWS
    order = np.arange(ROWS)[::-1]
    taken = {name: columns.take(name, order) for name in columns.names}
    assert columns.names == []
    kinds = ["int32", "int32", "datetime64[D]", "float64", "float32", "category", "float32"]
    assert [str(values.dtype) for values in taken.values()] == kinds
    expected = frame.iloc[::-1].reset_index(drop=True)
    for name in ("store_id", "product_id", "quantity", "beside"):
        assert np.array_equal(taken[name], expected[name])
    assert np.array_equal(taken["level"], expected["level"].astype("float32"), equal_nan=True)
    category = taken["category"]
    assert isinstance(category, pd.Categorical)
    assert list(category.categories) == sorted(frame["category"].dropna().unique())
    pd.testing.assert_series_equal(pd.Series(category).astype("str"), expected["category"], check_names=False)
