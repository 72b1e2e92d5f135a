"""A fitted model as plain arrays: what serving needs of it, without the libraries that trained it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.features.timeline import MISSING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.features.timeline import Ints
    from quantity.online.layout import Forest, Nodes, Rule


class UnusableModelError(RuntimeError):
    """A model that the kernel cannot answer with."""


@dataclass(frozen=True)
class CompiledModel:
    """The quantity model, ready to answer.

    Attributes:
        labels: attribute → (v,) the labels that training saw, in the order of their codes.
        forest: the ensembles.
        nodes: their trees, node by node.
        rule: from their estimates to cases.
    """

    labels: Mapping[str, np.ndarray]
    forest: Forest
    nodes: Nodes
    rule: Rule

    def codes(self, attribute: str, vocabulary: np.ndarray, position: Ints) -> np.ndarray:
        """(n,) float32 codes of an attribute, NaN where it is missing or training did not see it.

        Args:
            attribute: its name.
            vocabulary: (v,) labels.
            position: (n,) positions in the vocabulary, or `MISSING`.
        """
        of_label = {label: code for code, label in enumerate(self.labels[attribute].tolist())}
        codes = [of_label.get(label, np.nan) for label in vocabulary.tolist()]
        # The last entry is that of `MISSING`, which is -1.
        assert MISSING == -1  # noqa: S101 - what the next line rests on
        return np.array([*codes, np.nan], dtype=np.float32)[position]
