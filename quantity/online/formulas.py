"""The formulas of pairs, compiled for the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.features.definitions import ROW
from quantity.features.relative import Difference, LogRatio, Shrunk, Sum
from quantity.online.kernel import DIFFERENCE, LOG_RATIO, NOT_FOUND, SHRUNK, SUM
from quantity.online.layout import Program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.features.relative import Formula

_OPERATIONS: dict[type, int] = {Shrunk: SHRUNK, Sum: SUM, Difference: DIFFERENCE, LogRatio: LOG_RATIO}
_MOST_READS = 3


def compile_formulas(formulas: Sequence[Formula]) -> Program:
    """Formulas as arrays, in their order.

    Raises:
        TypeError: the kernel does not know one's class.
    """
    reads = np.full((len(formulas), _MOST_READS), NOT_FOUND)
    for row, formula in zip(reads, formulas, strict=True):
        row[: len(formula.reads)] = [ROW.index(name) for name in formula.reads]
    return Program(
        operation=np.array([_operation(formula) for formula in formulas], dtype=np.int64),
        out=np.array([ROW.index(formula.name) for formula in formulas], dtype=np.int64),
        reads=reads,
        constant=np.array([getattr(formula, "orders", 0.0) for formula in formulas], dtype=np.float64),
    )


def _operation(formula: Formula) -> int:
    try:
        return _OPERATIONS[type(formula)]
    except KeyError:
        raise TypeError(f"the kernel does not know formulas like {formula}") from None
