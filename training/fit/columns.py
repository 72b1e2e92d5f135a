"""Columns that are read chunk by chunk: numbers as float32, which the encoder rounds to anyway, text as codes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    Values: TypeAlias = np.ndarray | pd.Categorical

IDS = ("store_id", "product_id")
DATE = "checkout_date"
QUANTITY = "quantity"

_WORD = 1 << 64


class Columns:
    """Rows in the order in which they come, with a digest of their values.

    Args:
        names: of the columns that the digest is of.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._digested = list(names)
        self._parts: dict[str, list[Values]] = {}
        self._rows = self._sum = self._sum_of_squares = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, chunk: pd.DataFrame) -> None:
        """Take in (n,) rows."""
        columns: dict[str, Values] = {str(name): compact(str(name), values) for name, values in chunk.items()}
        for name, values in columns.items():
            self._parts.setdefault(name, []).append(values)
        self._rows += len(chunk)
        # Sums do not depend on the order of the rows.
        hashes = pd.util.hash_pandas_object(
            pd.DataFrame({name: columns[name] for name in self._digested}, copy=False), index=False
        ).to_numpy()
        self._sum = (self._sum + int(hashes.sum())) % _WORD
        self._sum_of_squares = (self._sum_of_squares + int((hashes * hashes).sum())) % _WORD

    @property
    def digest(self) -> str:
        """Changes when any value of the columns does; the same in whatever order the rows come."""
        told = f"{self._rows} {self._sum} {self._sum_of_squares}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def names(self) -> list[str]:
        """The columns that are left."""
        return list(self._parts)

    def peek(self, name: str) -> Values:
        """(rows,) values of a column of numbers."""
        return np.concatenate(self._parts[name])

    def take(self, name: str, order: np.ndarray) -> Values:
        """(n,) values of a column at these positions; the column is gone then."""
        parts = self._parts.pop(name)
        texts = [part for part in parts if isinstance(part, pd.Categorical)]
        if not texts:
            values: np.ndarray = np.concatenate(parts)[order]
            return values
        labels = sorted({label for part in texts for label in part.categories})
        codes = np.concatenate([part.set_categories(labels).codes for part in texts])
        return pd.Categorical.from_codes(codes[order], pd.Index(labels, dtype="str"))


def compact(name: str, values: pd.Series) -> Values:
    """A column as it is held: ids as int32, days, cases as float64, other numbers as float32, text as categories."""
    if name in IDS:
        return values.to_numpy(np.int32)
    if name == DATE:
        return values.to_numpy("datetime64[D]")
    if name == QUANTITY:
        return values.to_numpy(np.float64)
    if pd.api.types.is_numeric_dtype(values.dtype):
        return values.to_numpy(np.float32, na_value=np.nan)
    codes, labels = pd.factorize(values, sort=True)
    return pd.Categorical.from_codes(codes, pd.Index(labels, dtype="str"))
