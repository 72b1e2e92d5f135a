"""Training and serving see the same numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from quantity.features.definitions import ATTRIBUTES, FORMULAS, NUMERIC_INPUTS, ROW
from quantity.features.relative import evaluate
from quantity.model.encoding import FeatureEncoder


def frame(labels: list[str | None], seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    numbers = {name: rng.uniform(0.1, 9, len(labels)) for name in NUMERIC_INPUTS}
    return pd.DataFrame(numbers | {name: pd.array(labels, dtype="str") for name in ATTRIBUTES})


@pytest.fixture(scope="module")
def encoder() -> FeatureEncoder:
    return FeatureEncoder().fit(frame(["b", "a", None, "a"]))


def test_labels_become_ordinals_and_missing_or_new_ones_nan(encoder: FeatureEncoder) -> None:
    matrix = encoder.transform(frame(["a", "b", "new", None]))
    for name in ATTRIBUTES:
        np.testing.assert_array_equal(matrix[:, ROW.index(name)], [0.0, 1.0, np.nan, np.nan])


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_labels_are_in_the_order_of_their_codes(encoder: FeatureEncoder, attribute: str) -> None:
    assert encoder.labels(attribute).tolist() == ["a", "b"]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA], ids=["None", "NaN", "NA"])
def test_every_spelling_of_missing_is_the_same(encoder: FeatureEncoder, missing: object) -> None:
    labels = pd.Series(["b", missing, "a"], dtype=object)
    X = frame(["a"] * 3).assign(**dict.fromkeys(ATTRIBUTES, labels))
    for fitted in (encoder, FeatureEncoder().fit(X)):
        for name in ATTRIBUTES:
            codes = fitted.transform(X)[:, ROW.index(name)]
            np.testing.assert_array_equal(codes, [1.0, np.nan, 0.0])
            assert fitted.labels(name).tolist() == ["a", "b"]


def test_numbers_are_rounded_to_what_serving_keeps(encoder: FeatureEncoder) -> None:
    X = frame(["a"] * 3)
    matrix = encoder.transform(X)
    assert matrix.dtype == np.float32
    assert matrix.shape == (3, len(ROW))
    for name in NUMERIC_INPUTS:
        np.testing.assert_array_equal(matrix[:, ROW.index(name)], X[name].to_numpy().astype(np.float32))


def test_formulas_follow_the_inputs_in_their_own_order(encoder: FeatureEncoder) -> None:
    X = frame(["a"] * 5)
    X.loc[2, list(NUMERIC_INPUTS)] = np.nan
    matrix = encoder.transform(X)
    made = evaluate(FORMULAS, {name: X[name].to_numpy() for name in NUMERIC_INPUTS})
    for formula in FORMULAS:
        np.testing.assert_array_equal(matrix[:, ROW.index(formula.name)], made[formula.name], err_msg=formula.name)


def test_nullable_numbers_are_read_like_others(encoder: FeatureEncoder) -> None:
    X = frame(["a"] * 3).round()
    X.loc[1, list(NUMERIC_INPUTS)] = np.nan
    nullable = X.astype(dict.fromkeys(NUMERIC_INPUTS, "Int64"))
    np.testing.assert_array_equal(encoder.transform(nullable), encoder.transform(X))
