"""Explanations of predictions, from shares in estimates to words.

It is the work of a process of its own, which the first request starts: it ends with the service, and before it where
memory is short.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic_core import to_json

from api.explain.estimate import estimates_of, leaning_of
from api.explain.schema import Baseline, Contribution, ExplainResponse, Explanation
from api.explain.tree_shares import shares_of
from api.serving.rows import named_row
from quantity.ended import end_first
from quantity.feature_words import in_words, value_of
from quantity.features.definitions import ROW
from quantity.model.baselines import BASELINES
from quantity.online.statuses import STATUSES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from api.explain.estimate import Leaning
    from api.explain.tree_shares import Ensembles, Shares
    from api.predict.read import Question
    from api.predict.schema import ModelVersion
    from quantity.online.layout import Rule
    from quantity.online.predictor import Predictions

REASONS = 5


@dataclass(frozen=True)
class Answered:
    """A request and its predictions, with all that explains them.

    Attributes:
        question: asks of (n,) pairs.
        predictions: (n,) for them.
        rows: (k, f) of those k pairs that have an answer, in their order.
        packs: k times the quantities that the product is really ordered in.
        labels: by attribute, what its codes stand for.
        ensembles: the model's trees.
        rule: the model's, without the packs of all products.
        date: the checkout date.
        as_of: of the snapshot.
        model: which version it is.
    """

    question: Question
    predictions: Predictions
    rows: np.ndarray
    packs: list[list[int]]
    labels: Mapping[str, np.ndarray]
    ensembles: Ensembles
    rule: Rule
    date: dt.date
    as_of: dt.date
    model: ModelVersion


def explained(answered: Answered) -> bytes:
    """The body of the answer that explains the predictions."""
    end_first()
    items = explanations(answered, shares_of(answered.ensembles, answered.rows))
    return to_json(ExplainResponse(items=items, date=answered.date, as_of=answered.as_of, model=answered.model))


def explanations(answered: Answered, shares: Shares) -> list[Explanation]:
    """The explanations of n predictions, from the shares in the k estimates."""
    question, predictions, rows, rule = answered.question, answered.predictions, answered.rows, answered.rule
    estimates = estimates_of(shares, rows, rule)
    places = iter(range(len(rows)))
    found = []
    for pair, quantity in enumerate(predictions.quantity.tolist()):
        explanation = _without_answer(question, predictions, pair)
        if quantity:
            at = next(places)
            log_start, log_estimate = float(estimates.start[at]), float(estimates.log_cases[at])
            leaning, packs = leaning_of(log_estimate, rows[at], rule), answered.packs[at]
            contributions = _contributions(estimates.columns[at], named_row(rows[at], answered.labels))
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
