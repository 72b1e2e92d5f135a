"""Compiles a fitted model: its trees, read by treelite, become the kernel's forest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import treelite

from quantity.features.definitions import ATTRIBUTES, ROW
from quantity.model.estimator import ENSEMBLES
from quantity.online.compile_rule import compile_rule
from quantity.online.compiled import CompiledModel, UnusableModelError
from quantity.online.layout import MAX_LEAVES, Forest, Nodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from quantity.model.estimator import QuantityModel
    from quantity.model.trees import Trees


def compile_model(model: QuantityModel) -> CompiledModel:
    """The model as arrays.

    Raises:
        UnusableModelError: a tree has too many leaves, an unknown comparison or a leaf without a finite value, or
            the rule is not one that the kernel can apply.
    """
    forest, nodes = _forest([model.ensembles_[name] for name in ENSEMBLES])
    _check_numbers(forest)
    labels = {name: model.encoder_.labels(name) for name in ATTRIBUTES}
    return CompiledModel(labels, forest, nodes, compile_rule(model.rule_, model.packs_))


@dataclass(frozen=True)
class _Split:
    default_right: bool
    column: int
    threshold: np.float32
    tree: int
    reached: int


def _forest(ensembles: Sequence[Trees]) -> tuple[Forest, Nodes]:
    splits: list[_Split] = []
    leaves: list[list[float]] = []
    nodes: list[Nodes] = []
    first, base = [0], []
    for ensemble in ensembles:
        model = treelite.sklearn.import_model(ensemble.regressor_)
        base.append(float(model.get_header_accessor().get_field("base_scores")[0]))
        for index in range(model.num_tree):
            tree = _Tree(model.get_tree_accessor(index), ensemble.columns_, len(leaves))
            splits.extend(tree.splits())
            leaves.append(tree.leaves)
            nodes.append(tree.nodes)
        first.append(len(leaves))
    splits.sort(key=lambda split: (split.default_right, split.column, split.threshold))
    part = [split.default_right * len(ROW) + split.column for split in splits]
    word = np.uint32 if max(map(len, leaves)) <= np.iinfo(np.uint32).bits else np.uint64
    forest = Forest(
        start=np.searchsorted(part, np.arange(2 * len(ROW) + 1)).astype(np.uint64),
        threshold=np.array([split.threshold for split in splits], dtype=np.float32),
        tree=np.array([split.tree for split in splits], dtype=np.uint32),
        reached=np.array([split.reached for split in splits], dtype=np.uint64).astype(word),
        every=np.full(1, np.iinfo(word).max, dtype=word),
        leaf=_table(leaves),
        first=np.array(first, dtype=np.uint64),
        base=np.array(base),
    )
    return forest, _joined(nodes)


def _joined(trees: Sequence[Nodes]) -> Nodes:
    first = np.cumsum([0, *(len(tree.left) for tree in trees)])
    others = (np.concatenate(values) for values in zip(*(tree[1:] for tree in trees), strict=True))
    return Nodes(first, *others)


class _Tree:
    """A tree's nodes, walked from left to right.

    Args:
        accessor: treelite's view of it.
        columns: the column of a row that each of its columns is.
        number: of the tree in the forest.

    Attributes:
        leaves: the leaves' values from left to right, when `splits` is exhausted.
        nodes: as they are.
    """

    def __init__(self, accessor: Any, columns: np.ndarray, number: int) -> None:
        names = ("cleft", "cright", "split_index", "default_left", "threshold", "leaf_value")
        self._left, self._right, column, self._default_left, threshold, self._value = (
            accessor.get_field(name).tolist() for name in names
        )
        if set(accessor.get_field("cmp")) - {_LEAF, _NOT_ABOVE}:
            raise UnusableModelError("a tree compares in an unknown way")
        self._column = columns[column].tolist()
        self._threshold = _round_down(np.array(threshold))
        self._number = number
        self.leaves: list[float] = []
        left, right = np.array(self._left, np.int32), np.array(self._right, np.int32)
        self.nodes = Nodes(
            first=np.array([0, len(left)]),
            left=left,
            right=right,
            missing=np.where(self._default_left, left, right),
            column=columns[np.maximum(column, 0)].astype(np.int32),
            threshold=np.array(threshold, np.float64),
            value=np.array(self._value, np.float64),
            cover=accessor.get_field("data_count").astype(np.float64),
        )

    def splits(self, node: int = 0) -> Iterator[_Split]:
        """Its splits; when they are done, ``leaves`` has the leaves' values."""
        if self._left[node] < 0:
            self.leaves.append(self._value[node])
            if len(self.leaves) > MAX_LEAVES:
                raise UnusableModelError(f"a tree has more than {MAX_LEAVES} leaves")
            return
        begin = len(self.leaves)
        yield from self.splits(self._left[node])
        cut_off = (1 << len(self.leaves)) - (1 << begin)
        yield _Split(
            default_right=not self._default_left[node],
            column=self._column[node],
            threshold=self._threshold[node],
            tree=self._number,
            reached=2**64 - 1 - cut_off,
        )
        yield from self.splits(self._right[node])


_LEAF, _NOT_ABOVE = 0, 3
"""treelite's operators of a leaf and of `<=`."""


def _round_down(threshold: np.ndarray) -> np.ndarray:
    """The largest float32 not above each float64: float32 values compare with both alike."""
    near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)


def _table(leaves: list[list[float]]) -> np.ndarray:
    table = np.zeros((len(leaves), max(map(len, leaves), default=1)))
    for row, values in zip(table, leaves, strict=True):
        row[: len(values)] = values
    return table


def _check_numbers(forest: Forest) -> None:
    if not (np.isfinite(forest.leaf).all() and np.isfinite(forest.base).all()):
        raise UnusableModelError("a tree has a leaf without a finite value")
