"""Training and serving see the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quantity.features.definitions import ATTRIBUTES, FEATURES, NUMERIC_FEATURES
from quantity.model.encoding import FeatureEncoder


def frame(labels: list[str | None]) -> pd.DataFrame:
    numbers = {name: np.linspace(0.1, 1.1, len(labels)) for name in NUMERIC_FEATURES}
    return pd.DataFrame(numbers | {name: pd.array(labels, dtype="str") for name in ATTRIBUTES})


@pytest.fixture(scope="module")
def encoder() -> FeatureEncoder:
    return FeatureEncoder().fit(frame(["b", "a", None, "a"]))


def test_labels_become_ordinals_and_missing_or_new_ones_nan(encoder: FeatureEncoder) -> None:
    matrix = encoder.transform(frame(["a", "b", "new", None]))
    for name in ATTRIBUTES:
        codes = matrix[:, FEATURES.index(name)]
        np.testing.assert_array_equal(codes, [0.0, 1.0, np.nan, np.nan])


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_labels_are_in_the_order_of_their_codes(encoder: FeatureEncoder, attribute: str) -> None:
    assert encoder.labels(attribute).tolist() == ["a", "b"]


def test_numbers_are_rounded_to_what_serving_keeps(encoder: FeatureEncoder) -> None:
    matrix = encoder.transform(frame(["a"] * 3))
    numbers = matrix[:, : len(NUMERIC_FEATURES)]
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, numbers.astype(np.float32).astype(np.float64))
