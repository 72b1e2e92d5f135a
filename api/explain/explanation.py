"""Explanations of predictions, from shares in estimates to words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from api.explain.estimate import estimates_of, leaning_of
from api.explain.schema import Baseline, Contribution, Explanation
from api.feature_words import in_words, value_of
from api.serving.rows import named_row, packs_of
from quantity.features.definitions import ROW
from quantity.model.baselines import BASELINES
from quantity.online.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.explain.estimate import Leaning
    from api.explain.tree_shares import Shares
    from api.predict.read import Question
    from quantity.online.compiled import CompiledModel
    from quantity.online.predictor import Predictions

REASONS = 5


def explanations(
    question: Question, predictions: Predictions, rows: np.ndarray, shares: Shares, model: CompiledModel
) -> list[Explanation]:
    """The explanations of n predictions.

    Args:
        question: asks of (n,) pairs.
        predictions: (n,) for them.
        rows: (k, f) of those k pairs that have an answer, in their order.
        shares: of the model's ensembles in the estimates for these rows.
        model: the model.
    """
    estimates = estimates_of(shares, rows, model.rule)
    answered = iter(range(len(rows)))
    found = []
    for pair, quantity in enumerate(predictions.quantity.tolist()):
        explanation = _without_answer(question, predictions, pair)
        if quantity:
            at = next(answered)
            log_estimate = float(estimates.log_cases[at])
            leaning = leaning_of(log_estimate, rows[at], model.rule)
            packs = packs_of(int(question.product_id[pair]), model.rule)
            contributions = _contributions(estimates.columns[at], named_row(rows[at], model))
            log_start = float(estimates.start[at])
            explanation = explanation.model_copy(
                update={
                    "quantity": quantity,
                    "log_start": log_start,
                    "log_estimate": log_estimate,
                    "start": math.exp(log_start),
                    "estimate": math.exp(log_estimate),
                    "contributions": contributions,
                    "reasons": [_reason(contribution) for contribution in contributions[:REASONS]],
                    "baseline": _baseline(leaning),
                    "cases": leaning.cases,
                    "packs": packs,
                    "pack": quantity if quantity in packs and leaning.weight < 1 else None,
                }
            )
        found.append(explanation)
    return found


def _without_answer(question: Question, predictions: Predictions, pair: int) -> Explanation:
    store = question.store[pair] if question.store else None
    product = question.product[pair] if question.product else None
    return Explanation(
        store_id=int(question.store_id[pair]) or None,
        product_id=int(question.product_id[pair]) or None,
        store=store,
        product=product,
        status=STATUSES[int(predictions.status[pair])],
        quantity=None,
        log_start=None,
        log_estimate=None,
        start=None,
        estimate=None,
        contributions=[],
        reasons=[],
        baseline=None,
        cases=None,
        packs=[],
        pack=None,
    )


def _contributions(effects: np.ndarray, row: Mapping[str, float | str | None]) -> list[Contribution]:
    largest_first = np.argsort(-np.abs(effects), kind="stable").tolist()
    return [
        Contribution(
            feature=ROW[column],
            words=in_words(ROW[column], row),
            value=value_of(ROW[column], row),
            log_effect=float(effects[column]),
            factor=math.exp(effects[column]),
        )
        for column in largest_first
        if effects[column]
    ]


def _reason(contribution: Contribution) -> str:
    return f"{contribution.words}: × {contribution.factor:.2f}"


def _baseline(leaning: Leaning) -> Baseline | None:
    if not leaning.weight:
        return None
    return Baseline(name=list(BASELINES)[leaning.baseline], cases=leaning.answer, weight=leaning.weight)
