"""Turns the inputs of a frame into the row that the trees and the rule read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.preprocessing import OrdinalEncoder

from quantity.features.definitions import ATTRIBUTES, FORMULAS, NUMERIC_INPUTS, ROW
from quantity.features.relative import evaluate

if TYPE_CHECKING:
    import pandas as pd


class FeatureEncoder:
    """Numbers pass, attributes become ordinal codes (unknown and missing ones NaN), formulas are computed.

    Every value is rounded to float32, the precision of the state that serving keeps in memory, so that
    training and serving compare the same numbers with the same thresholds.
    """

    def fit(self, X: pd.DataFrame) -> FeatureEncoder:
        """Learn the attributes' values from (n, `INPUTS`)."""
        self._encoder = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
        ).fit(_labels(X))
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """(n, `ROW`) as a float32 matrix."""
        matrix = np.empty((len(X), len(ROW)), dtype=np.float32)
        for i, name in enumerate(NUMERIC_INPUTS):
            matrix[:, i] = X[name].to_numpy(dtype=np.float32, na_value=np.nan)
        first, last = len(NUMERIC_INPUTS), len(NUMERIC_INPUTS) + len(ATTRIBUTES)
        matrix[:, first:last] = self._encoder.transform(_labels(X))
        inputs = {name: matrix[:, i] for i, name in enumerate(NUMERIC_INPUTS)}
        for i, values in enumerate(evaluate(FORMULAS, inputs).values(), start=last):
            matrix[:, i] = values
        return matrix

    def labels(self, attribute: str) -> np.ndarray:
        """(v,) the attribute's labels that training saw, in the order of their codes from 0."""
        categories = self._encoder.categories_[ATTRIBUTES.index(attribute)]
        return np.array([label for label in categories if isinstance(label, str)], dtype=np.str_)


def _labels(X: pd.DataFrame) -> np.ndarray:
    return np.column_stack([_objects(X[name]) for name in ATTRIBUTES])


def _objects(labels: pd.Series[str]) -> np.ndarray:
    # One spelling of "missing": text columns arrive with None, NaN or pandas.NA, as their source has it.
    values = labels.to_numpy(dtype=object, copy=True)
    values[labels.isna().to_numpy()] = np.nan
    return values
