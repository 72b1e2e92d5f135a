"""What a file of orders changes among the order lines that are there.

Lines of one `IDENTITY` are told apart by their content only. A line of the file that is there with the same content is
there already. If all of an identity's lines are, nothing changes, though there may be more of them. Else those of the
file take the place of those that are there: they are corrections, and what the file has no line for is taken away. So
it is, too, where the file has a line of the identity with a quantity of 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from training.input_files import layout
from training.publish.line_merge import LineChange

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Truths = npt.NDArray[np.bool_]

IDENTITY: Final = [name.lower() for name in layout.IDENTITY]
CONTENT: Final = ["brand_id", "quantity", "variant_case_price_cents"]
ORDER_OF_A_DAY: Final = ["order_id", "product_variant_id", "checkout_date"]
"""What stores with order numbers of their own may share."""

NO_ORDER_ID: Final = 0
_NEW: Final = -1
"""In place of the number of a line that is not in the tables yet."""

_MISSING: Final = -1


@dataclass(frozen=True)
class Counts:
    """What a file's order lines did.

    Attributes:
        new: lines added.
        already_there: lines that changed nothing.
        corrected: lines that took the place of others.
        cancelled: lines that were there and are taken away, without another in their place.
        elsewhere: new lines whose order id, variant and date a line of another store or product has, too.
    """

    new: int = 0
    already_there: int = 0
    corrected: int = 0
    cancelled: int = 0
    elsewhere: int = 0

    @property
    def changed(self) -> int:
        """How many lines the files that were loaded whole do not tell."""
        return self.new + self.corrected + self.cancelled

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.new + other.new,
            self.already_there + other.already_there,
            self.corrected + other.corrected,
            self.cancelled + other.cancelled,
            self.elsewhere + other.elsewhere,
        )


def merge_lines(there: pd.DataFrame, file: pd.DataFrame, cancelled: pd.DataFrame) -> tuple[pd.DataFrame, Counts]:
    """Merge a file's order lines into those that are there.

    Args:
        there: order lines as in `RawTables`, with their ``line``; of all days that the file has lines of.
        file: the file's order lines, as in `RawTables`.
        cancelled: the `IDENTITY` of each of its lines that came to nothing.

    Returns:
        The lines that are there afterwards, and what the file's lines did.
    """
    of_there, of_file, of_cancelled = _numbered([_whole(lines, IDENTITY) for lines in (there, file, cancelled)])
    same_there, same_file = _same_content(there, of_there, file, of_file)
    count = 1 + max((int(ids.max()) for ids in (of_there, of_file, of_cancelled) if len(ids)), default=-1)
    coming = np.bincount(of_file[~same_file], minlength=count)
    going = np.bincount(of_there[~same_there], minlength=count)
    changes = coming > 0
    changes[of_cancelled] = True
    going[~changes] = 0
    corrected = int(np.minimum(coming, going).sum())
    kept, added, of_added = there[same_there | ~changes[of_there]], file[~same_file], of_file[~same_file]
    counts = Counts(
        new=int(coming.sum()) - corrected,
        already_there=int(same_file.sum()) + int((going[of_cancelled] == 0).sum()),
        corrected=corrected,
        cancelled=int(going.sum()) - corrected,
        elsewhere=_elsewhere(there, added[~np.isin(of_added, of_there)]),
    )
    return _joined(kept, added.assign(line=_NEW)), counts


def change_of(before: pd.DataFrame, after: pd.DataFrame) -> LineChange:
    """How the order lines that `merge_lines` gave differ from the tables'."""
    added = after[after["line"] == _NEW].drop(columns="line")
    return LineChange(np.setdiff1d(before["line"].to_numpy(np.int64), after["line"].to_numpy(np.int64)), added)


def joined_lines(items: pd.DataFrame, added: pd.DataFrame) -> pd.DataFrame:
    """Order lines, then others, with the types of `RawTables`."""
    joined = _joined(items, added)
    whole = [name for name in ("brand_id", "variant_case_price_cents") if not joined[name].hasnans]
    return joined.astype(dict.fromkeys(whole, "int64"))


def _joined(first: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    types = dict.fromkeys(("brand_id", "variant_case_price_cents"), "Int64")
    return pd.concat([first.astype(types), then[list(first)].astype(types)], ignore_index=True)


def _same_content(there: pd.DataFrame, of_there: Ints, file: pd.DataFrame, of_file: Ints) -> tuple[Truths, Truths]:
    """Which lines have their like on the other side, each line one at most."""
    contents = _numbered([[of_there, *_whole(there, CONTENT)], [of_file, *_whole(file, CONTENT)]])
    mine, theirs = _numbered([[content, _earlier_alike(content)] for content in contents])
    return np.isin(mine, theirs), np.isin(theirs, mine)


def _earlier_alike(numbers: Ints) -> Ints:
    """(n,) how many earlier ones are the same."""
    order = np.argsort(numbers, kind="stable")
    places = np.arange(len(numbers))
    is_first = np.ones(len(numbers), dtype=bool)
    is_first[1:] = np.diff(numbers[order]) != 0
    earlier = np.empty(len(numbers), np.int64)
    earlier[order] = places - np.maximum.accumulate(np.where(is_first, places, 0))
    return earlier


def _whole(lines: pd.DataFrame, names: Sequence[str]) -> list[Ints]:
    """Columns in whole numbers."""
    return [_ints(lines[name]) for name in names]


def _ints(column: pd.Series) -> Ints:
    if column.name == "checkout_date":
        return column.to_numpy("datetime64[s]").astype(np.int64)
    return np.asarray(column.astype("Int64").fillna(_MISSING), np.int64)


def _numbered(sides: Sequence[Sequence[Ints]]) -> list[Ints]:
    """For each row of each side's columns a number, from 0 on: the same where rows are the same."""
    numbers = np.zeros(sum(len(side[0]) for side in sides), np.int64)
    for parts in zip(*sides, strict=True):
        codes, distinct = pd.factorize(np.concatenate(parts))
        numbers = pd.factorize(numbers * len(distinct) + codes)[0]
    return np.split(numbers, np.cumsum([len(side[0]) for side in sides])[:-1])


def _elsewhere(there: pd.DataFrame, new: pd.DataFrame) -> int:
    known = new[new["order_id"] != NO_ORDER_ID]
    of_there, of_new = _numbered([_whole(lines, ORDER_OF_A_DAY) for lines in (there, known)])
    return int(np.isin(of_new, of_there).sum())
