"""What each column adds to the estimate of an ensemble of trees: SHAP values (Lundberg et al., Nature MI 2020).

The library that computes them takes seconds to import, and some 250 MB: only the process that explains does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantity.online.compiled import CompiledModel
    from quantity.online.layout import Nodes


class Ensembles(NamedTuple):
    """The trees of e ensembles.

    Attributes:
        nodes: of all trees.
        first: (e + 1,) the first tree of each ensemble; the last entry is their number.
        base: (e,) what an ensemble's sum is added to.
    """

    nodes: Nodes
    first: np.ndarray
    base: np.ndarray

    @classmethod
    def of(cls, model: CompiledModel) -> Ensembles:
        """Those of a model."""
        return cls(model.nodes, model.forest.first, model.forest.base)

    def trees_of(self, ensemble: int) -> Iterator[dict[str, np.ndarray]]:
        """Its trees, as the library names their parts."""
        nodes = self.nodes
        for tree in range(int(self.first[ensemble]), int(self.first[ensemble + 1])):
            rows = slice(nodes.first[tree], nodes.first[tree + 1])
            yield {
                "children_left": nodes.left[rows],
                "children_right": nodes.right[rows],
                "children_default": nodes.missing[rows],
                "features": nodes.column[rows],
                "thresholds": nodes.threshold[rows],
                "values": nodes.value[rows].reshape(-1, 1),
                "node_sample_weight": nodes.cover[rows],
            }


class Shares(NamedTuple):
    """What n estimates of each of e ensembles are sums of, log(cases) above the base.

    Attributes:
        mean: (e,) the mean over the orders that the trees were fitted to.
        columns: (n, e, f) what each column of the row adds to it.
    """

    mean: np.ndarray
    columns: np.ndarray


def shares_of(ensembles: Ensembles, rows: np.ndarray) -> Shares:
    """The shares in the estimates for (n, f) rows, NaN where a value is missing."""
    import shap  # noqa: PLC0415 - see above

    mean = np.zeros(len(ensembles.base))
    columns = np.empty((len(rows), len(ensembles.base), rows.shape[1]))
    if not len(rows):
        return Shares(mean, columns)
    for ensemble, base in enumerate(ensembles.base.tolist()):
        explainer = shap.TreeExplainer({"trees": list(ensembles.trees_of(ensemble)), "base_offset": base})
        columns[:, ensemble] = explainer.shap_values(rows, check_additivity=False).reshape(rows.shape)
        mean[ensemble] = np.ravel(explainer.expected_value)[0]
    return Shares(mean, columns)
