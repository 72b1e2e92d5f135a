"""Turns the inputs of a frame into the row that the trees and the rule read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.preprocessing import OrdinalEncoder

from quantity.features.definitions import ATTRIBUTES
from quantity.features.relative import evaluate
from quantity.model.row import DECLARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.model.row import Row


class FeatureEncoder:
    """Numbers pass, attributes become ordinal codes (unknown and missing ones NaN), formulas are computed.

    Every value is rounded to float32, the precision of the state that serving keeps in memory, so that
    training and serving compare the same numbers with the same thresholds.
    """

    def fit(self, X: pd.DataFrame) -> FeatureEncoder:
        """Learn the attributes' values from (n, `INPUTS`)."""
        self._encoder = OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan
        ).fit(_labels(X, ATTRIBUTES))
        return self

    def transform(self, X: pd.DataFrame, row: Row = DECLARED) -> np.ndarray:
        """(n, row) as a float32 matrix."""
        matrix = np.empty((len(X), len(row.names)), dtype=np.float32)
        for i, name in enumerate(row.numeric):
            matrix[:, i] = X[name].to_numpy(dtype=np.float32, na_value=np.nan)
        first, last = len(row.numeric), len(row.inputs)
        matrix[:, first:last] = self._codes(X, row.attributes)
        inputs = {name: matrix[:, i] for i, name in enumerate(row.numeric)}
        for i, values in enumerate(evaluate(row.formulas, inputs).values(), start=last):
            matrix[:, i] = values
        return matrix

    def _codes(self, X: pd.DataFrame, attributes: Sequence[str]) -> np.ndarray:
        """(n, attributes) by encoding each label once: the encoder looks at every one in Python."""
        places, labels = zip(*(pd.factorize(X[name]) for name in attributes), strict=True)
        # The last row is missing in every column: a missing label is at place -1.
        distinct = np.full((1 + max(map(len, labels)), len(attributes)), np.nan, dtype=object)
        for i, of_attribute in enumerate(labels):
            distinct[: len(of_attribute), i] = of_attribute
        codes = self._encoder.transform(distinct)
        return np.column_stack([codes[place, i] for i, place in enumerate(places)])

    @property
    def attributes(self) -> int:
        """How many attributes it was fitted to."""
        return len(self._encoder.categories_)

    def labels(self, attribute: str) -> np.ndarray:
        """(v,) the attribute's labels that training saw, in the order of their codes from 0."""
        categories = self._encoder.categories_[ATTRIBUTES.index(attribute)]
        return np.array([label for label in categories if isinstance(label, str)], dtype=np.str_)


def _labels(X: pd.DataFrame, attributes: Sequence[str]) -> np.ndarray:
    return np.column_stack([_objects(X[name]) for name in attributes])


def _objects(labels: pd.Series[str]) -> np.ndarray:
    # One spelling of "missing": text columns arrive with None, NaN or pandas.NA, as their source has it.
    values = labels.to_numpy(dtype=object, copy=True)
    values[labels.isna().to_numpy()] = np.nan
    return values
