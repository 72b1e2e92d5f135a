"""How estimates come about: sums of shares, one a column, and the baseline that the rule lets them lean on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.online.decide import MEDIAN, UPPER

if TYPE_CHECKING:
    from api.explain.tree_shares import Shares
    from quantity.online.layout import Rule


@dataclass(frozen=True)
class Estimates:
    """What n quantities are made of, before packs: log(cases).

    Attributes:
        start: (n,) the expected level of the pair, and the trees' mean above it.
        columns: (n, f) what each column of the row adds.
    """

    start: np.ndarray
    columns: np.ndarray

    @property
    def log_cases(self) -> np.ndarray:
        """(n,) the estimates."""
        estimates: np.ndarray = self.start + self.columns.sum(axis=1)
        return estimates


def estimates_of(shares: Shares, rows: np.ndarray, rule: Rule) -> Estimates:
    """The estimates that the unbiased quantities are rounded from.

    They lie between the median and the upper quantile of each pair, or beyond (`DecisionRule.quantity`): the same
    weighted sum of two ensembles' shares is theirs. Quantiles that cross are put in order first, pair by pair.

    Args:
        shares: of the ensembles, in the order of the rule's quantiles.
        rows: (n, f) what they are for.
        rule: the rule.
    """
    place = np.argsort(shares.mean + shares.columns.sum(axis=2), axis=1, kind="stable")
    start, columns = rows[:, rule.reads[rule.base]].astype(np.float64), np.zeros(rows.shape)
    for quantile, weight in ((MEDIAN, 1 - rule.rise), (UPPER, rule.rise)):
        ensemble = place[:, quantile]
        start += weight * shares.mean[ensemble]
        columns += weight * shares.columns[np.arange(len(rows)), ensemble]
    return Estimates(start, columns)


@dataclass(frozen=True)
class Leaning:
    """How an estimate is pulled towards a baseline, or replaced by it.

    Attributes:
        baseline: its place in `quantity.model.baselines.BASELINES`.
        weight: the share of its logarithm in the answer's, 0 to 1.
        answer: what it answers, cases.
        cases: what the estimate becomes.
    """

    baseline: int
    weight: float
    answer: float
    cases: float


def leaning_of(log_cases: float, row: np.ndarray, rule: Rule) -> Leaning:
    """How the rule treats an estimate of a (f,) row, as `quantity.online.decide.lean`."""
    estimate = math.exp(min(log_cases, rule.most))
    reads = row[rule.reads].astype(np.float64)
    segment = _group(reads[rule.history], rule.history_edges), _group(estimate, rule.size_edges)
    baseline, weight = int(rule.quantity_baseline[segment]), float(rule.quantity_weight[segment])
    known = [reads[place] for place in rule.baselines[baseline] if place >= 0 and not math.isnan(reads[place])]
    answer = float(known[0]) if known else float(rule.smallest)
    if weight <= 0:
        return Leaning(baseline, 0.0, answer, estimate)
    blended = math.exp((1 - weight) * math.log(estimate) + weight * math.log(answer))
    return Leaning(baseline, weight, answer, answer if weight >= 1 else blended)


def _group(value: float, edges: np.ndarray) -> int:
    return int(np.count_nonzero(~(value < edges)))
