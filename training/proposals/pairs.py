"""Which pairs of store and product to answer: those that are active, or those of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from quantity.features.definitions import served_columns_of
from quantity.features.scopes import PAIR_SCOPE
from training.input_files.cells.ids import EntityId, TextCodes
from training.input_files.checking.checked_table import CheckedTable
from training.input_files.checking.text_ids import Ids as EntityIds
from training.input_files.header import match_header
from training.input_files.layout import FileLayout
from training.input_files.text_table import UnusableFileError, open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from quantity.features.timeline import Ints
    from quantity.online.keys import KeyIndex
    from quantity.online.snapshot import Snapshot

KIND = {"STORE_ID": "store", "PRODUCT_ID": "product"}
PAIRS = FileLayout("pairs.csv", tuple(KIND))
DAYS_SINCE = f"days_since_{PAIR_SCOPE}"


class _KnownId(EntityId):
    """An id of the snapshot's."""

    def advice(self, examples: Sequence[str]) -> str:  # noqa: ARG002 - of the class
        """Say which ids there are."""
        return "The published snapshot's ids are whole numbers."


class PairsFileError(RuntimeError):
    """A file of pairs cannot be used; the message tells where and what to do."""


class Pairs(NamedTuple):
    """Pairs of store and product, (n,) ids each."""

    store_id: Ints
    product_id: Ints


class FilePairs(NamedTuple):
    """The pairs of a file.

    Attributes:
        pairs: n of them; the number of a text that nobody knows is 0.
        store, product: (n,) the ids as the file has them.
    """

    pairs: Pairs
    store: pa.Array
    product: pa.Array


def active_pairs(snapshot: Snapshot, days: int) -> Pairs:
    """The pairs that have ordered in the last days before the as-of date, by store and product."""
    state = snapshot.scopes[PAIR_SCOPE]
    at = [column.name for column in served_columns_of(PAIR_SCOPE)].index(DAYS_SINCE)
    keys = state.keys[state.features[: len(state.keys), at] <= days]
    store, product = np.divmod(keys, len(snapshot.product_id))
    return Pairs(snapshot.store_id[store], snapshot.product_id[product])


def read_pairs(path: Path, snapshot: Snapshot, encoding: str | None, progress: Callable[[float], None]) -> FilePairs:
    """Read a file with the columns ``STORE_ID`` and ``PRODUCT_ID``, in any format that order files may have.

    Args:
        path: the file.
        snapshot: knows the ids that are text.
        encoding: of text, where it is not to be found out.
        progress: called with the share of the file read so far, 0 to 1.

    Raises:
        PairsFileError: it holds no pairs, or cells that are no ids.
    """
    try:
        table = open_table(path, encoding, known=PAIRS.columns)
    except (UnusableFileError, OSError) as error:
        raise PairsFileError(str(error)) from error
    match = match_header(PAIRS, table.header, {})
    if match.missing or match.doubled:
        wrong = [f"no column {name}" for name in match.missing] + [f"{name} twice" for name in match.doubled]
        raise PairsFileError(f"{path.name}: expected the columns STORE_ID and PRODUCT_ID, found {' and '.join(wrong)}")
    codes = {name: TextCodes(name) for name in KIND}
    checked = CheckedTable(table, match.positions, {name: _KnownId(codes[name]) for name in KIND})
    checked.read(progress)
    for name, kind in KIND.items():
        are_texts = bool(len(getattr(snapshot, f"{kind}_keys").number))
        EntityIds(name, codes[name], [checked], []).settle(text_ids=are_texts)
    if problems := checked.problems():
        raise PairsFileError("\n".join(problems))
    if not checked.rows:
        raise PairsFileError(f"{path.name}: has a header but no rows")
    store, product = (
        _Ids.of(checked, name, codes[name], getattr(snapshot, f"{kind}_keys")) for name, kind in KIND.items()
    )
    return FilePairs(Pairs(store.numbers, product.numbers), store.texts, product.texts)


class _Ids(NamedTuple):
    numbers: Ints
    texts: pa.Array

    @classmethod
    def of(cls, table: CheckedTable, column: str, codes: TextCodes, keys: KeyIndex) -> _Ids:
        """A column's ids; those that are text, and whole numbers that are keys, by the number of the key."""
        values = np.concatenate([block.to_numpy(zero_copy_only=False) for block in table.columns[column]])
        distinct, at = np.unique(values, return_inverse=True)
        texts = [codes.texts[-1 - value] if value < 0 else str(value) for value in distinct.tolist()]
        numbers = keys.numbers_of(texts)
        return cls(numbers[at], pa.array(texts, pa.string()).take(pa.array(at)))
