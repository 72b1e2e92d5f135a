"""From estimates to whole cases, compiled to machine code: `quantity.model.decision`, step by step for n pairs.

The rule goes to functions of all pairs only: a call copies it, and it is some hundred numbers and addresses.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from quantity.online.native import native

if TYPE_CHECKING:
    from quantity.online.layout import Rule

LOW, MEDIAN, UPPER, HIGH = range(4)
"""The quantiles, in ascending order."""


@native
def answered(  # noqa: PLR0917 - a kernel takes all it reads as arguments
    store_id: np.ndarray,
    product_id: np.ndarray,
    status: np.ndarray,
    estimates: np.ndarray,
    values: np.ndarray,
    packs: np.ndarray,
    rule: Rule,
) -> np.ndarray:
    """All that is told of n pairs, as `quantity.online.predictor.NUMBERS`.

    Args:
        store_id: (n,) ids of the stores.
        product_id: (n,) ids of the products.
        status: (n,) statuses.
        estimates: (n, 4) of the ensembles, log(cases) above the base; NaN without an answer.
        values: (n, r) float32 the columns that the rule reads.
        packs: (n,) places of the products in the rule's packs, or negative.
        rule: the rule.

    Returns:
        (n, 7) int32, a row a pair.
    """
    numbers = np.empty((len(status), 7), np.int32)
    decided = decide(estimates, values, packs, rule)
    for i in range(len(numbers)):
        numbers[i, 0], numbers[i, 1], numbers[i, 2] = store_id[i], product_id[i], status[i]
        for k in range(len(decided)):
            numbers[i, 3 + k] = decided[k, i]
    return numbers


@native
def decide(estimates: np.ndarray, values: np.ndarray, packs: np.ndarray, rule: Rule) -> np.ndarray:
    """What the rule makes of n estimates, as `DecisionRule.answer`; zeros where an estimate is not a number.

    Args:
        estimates: (n, 4) of the ensembles, log(cases) above the base.
        values: (n, r) float32 the columns that the rule reads.
        packs: (n,) places of the products in the rule's packs, or negative.
        rule: the rule.

    Returns:
        (4, n) quantities, typical quantities, lower and upper ends of the range.
    """
    n = len(estimates)
    answered = np.zeros((4, n), np.int64)
    levels = quantiles(estimates, values, rule)
    history = groups(values[:, rule.history], rule.history_edges)
    quantity = unbiased(levels, history, values, packs, rule)
    usual = typical(levels, history, values, packs, rule)
    size = groups(quantity, rule.size_edges)
    for i in range(n):
        if not math.isnan(levels[i, LOW] + levels[i, MEDIAN] + levels[i, UPPER] + levels[i, HIGH]):
            offset = rule.offsets[history[i], size[i]]
            low = whole(cases(levels[i, LOW] - offset, rule.most))
            high = whole(cases(levels[i, HIGH] + offset, rule.most))
            answered[0, i], answered[1, i] = int(quantity[i]), int(usual[i])
            answered[2, i] = int(min(low, quantity[i], usual[i]))
            answered[3, i] = int(max(high, quantity[i], usual[i]))
    return answered


@native
def quantiles(estimates: np.ndarray, values: np.ndarray, rule: Rule) -> np.ndarray:
    """(n, 4) log(cases), ascending."""
    levels = np.empty(estimates.shape, np.float64)
    for i in range(len(levels)):
        levels[i] = estimates[i]
        for left, right in ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2)):
            if levels[i, left] > levels[i, right]:
                levels[i, left], levels[i, right] = levels[i, right], levels[i, left]
        levels[i] += np.float64(values[i, rule.base])
    return levels


@native
def unbiased(levels: np.ndarray, history: np.ndarray, values: np.ndarray, packs: np.ndarray, rule: Rule) -> np.ndarray:
    """(n,) numbers of cases that are right in sums."""
    answer = np.empty(len(levels), np.float64)
    for i in range(len(answer)):
        median, upper = levels[i, MEDIAN], levels[i, UPPER]
        answer[i] = cases(median + rule.rise * (upper - median), rule.most)
    alone = lean(answer, history, values, rule.quantity_baseline, rule.quantity_weight, rule)
    for i in range(len(answer)):
        answer[i] = whole(answer[i]) if alone[i] else snap(answer[i], packs[i], rule.first, rule.packs, rule.far_above)
    return answer


@native
def typical(levels: np.ndarray, history: np.ndarray, values: np.ndarray, packs: np.ndarray, rule: Rule) -> np.ndarray:
    """(n,) numbers of cases that are most often exactly right."""
    answer = np.empty(len(levels), np.float64)
    for i in range(len(answer)):
        answer[i] = cases(levels[i, MEDIAN], rule.most)
    alone = lean(answer, history, values, rule.typical_baseline, rule.typical_weight, rule)
    for i in range(len(answer)):
        usual = np.float64(values[i, rule.usual])
        if alone[i]:
            answer[i] = whole(answer[i])
        elif values[i, rule.usual_share] >= rule.usual_least_share and near(answer[i], usual, rule.usual_within):
            answer[i] = usual
        else:
            answer[i] = snap(answer[i], packs[i], rule.first, rule.packs, rule.far_above)
    return answer


@native
def lean(  # noqa: PLR0917 - a kernel takes all it reads as arguments
    answer: np.ndarray, history: np.ndarray, values: np.ndarray, baseline: np.ndarray, weight: np.ndarray, rule: Rule
) -> np.ndarray:
    """Pull (n,) answers towards the baselines of their segments, and tell where nothing else is left."""
    size = groups(answer, rule.size_edges)
    alone = np.zeros(len(answer), np.bool_)
    for i in range(len(answer)):
        segment = history[i], size[i]
        share = weight[segment]
        if share > 0:
            of_baseline = first_known(values[i], rule.baselines[baseline[segment]], rule.smallest)
            alone[i] = share >= 1
            answer[i] = of_baseline if alone[i] else blend(answer[i], of_baseline, share)
    return alone


@native
def blend(estimate: float, baseline: float, share: float) -> float:
    """The geometric mean of an estimate and a baseline, which has this share of it."""
    return math.exp((1 - share) * math.log(estimate) + share * math.log(baseline))


@native
def first_known(values: np.ndarray, places: np.ndarray, otherwise: float) -> float:
    """The first of the values at these places that is not missing."""
    for place in places:
        if place >= 0 and not math.isnan(values[place]):
            return np.float64(values[place])
    return otherwise


@native
def snap(estimate: float, product: int, first: np.ndarray, packs: np.ndarray, far_above: float) -> float:
    """The pack or whole number nearest to an estimate: `PackQuantities.snap` for one."""
    if product < 0 or first[product] == first[product + 1]:
        return whole(estimate)
    after, end = first[product], first[product + 1]
    while after < end and packs[after] < estimate:
        after += 1
    lower, upper = np.float64(packs[after - 1]), np.float64(packs[min(after, end - 1)])
    if after == end:
        return lower if estimate <= far_above * lower else whole(estimate)
    return upper if after == first[product] or estimate - lower >= upper - estimate else lower


@native
def near(estimate: float, usual: float, within: float) -> bool:
    """Whether two numbers of cases are less than this apart, as a log ratio."""
    return abs(math.log(estimate) - math.log(usual)) < within


@native
def cases(log_cases: float, most: float) -> float:
    """The number of cases, given its logarithm and that of the most."""
    return math.exp(min(log_cases, most))


@native
def whole(estimate: float) -> float:
    """The nearest whole number of cases, at least 1."""
    return max(float(np.floor(estimate + 0.5)), 1.0)


@native
def groups(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(n,) which group each value falls into, by the ascending edges at which all groups but the first begin."""
    found = np.empty(len(values), np.int64)
    for i in range(len(values)):
        found[i] = 0
        while found[i] < len(edges) and not values[i] < edges[found[i]]:
            found[i] += 1
    return found
