"""The current champion on orders that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.model.metrics import Metrics, evaluate, mean_metrics
from training.fit.evaluation import metrics_of
from training.fit.gate import Rival

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quantity.model.decision import Answers
    from quantity.model.estimator import QuantityModel
    from training.fit.dataset import Dataset
    from training.fit.evaluation import Evaluation
    from training.fit.rolling import AnsweredWindow


@dataclass(frozen=True)
class Champion:
    """The current champion.

    Attributes:
        version: its number.
        model: None where it cannot be loaded.
        trained_until: the first day that it was not fitted to; None where its run does not say.
        metrics: what its own training measured.
    """

    version: str
    model: QuantityModel | None
    trained_until: np.datetime64 | None
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Compared:
    """Champion and new version on the same orders."""

    rival: Rival
    champion: Metrics | None


def compare(
    champion: Champion, data: Dataset, tested: Sequence[AnsweredWindow], evaluation: Evaluation
) -> Compared | None:
    """Compare on the tested orders that the champion was not fitted to.

    A model knows the orders that it was fitted to, and would always win on them. Where there are no others,
    because both were fitted to the same days, the scores that both were registered with are compared.

    Returns:
        None where the champion cannot be loaded.
    """
    if champion.model is None:
        return None
    until = champion.trained_until
    unseen = [np.ones(_orders(w), bool) if until is None else data.date[w.rows] >= until for w in tested]
    compared = [
        (data.y[w.rows][rows], champion.model.answer(data.X[w.rows][rows]), _of(w.answers, rows))
        for w, rows in zip(tested, unseen, strict=True)
        if rows.any()
    ]
    if not compared:
        return _registered(champion, evaluation)
    theirs = mean_metrics([metrics_of(y, answers) for y, answers, _ in compared])
    ours = mean_metrics([metrics_of(y, answers) for y, _, answers in compared])
    n = sum(len(y) for y, _, _ in compared)
    rival = Rival(
        version=champion.version,
        on=f"on {n:,} orders that it has not seen",
        score=theirs.score,
        new_score=ours.score,
        typical=mean_metrics([evaluate(y, answers.typical) for y, answers, _ in compared]),
        new_typical=mean_metrics([evaluate(y, answers.typical) for y, _, answers in compared]),
    )
    return Compared(rival, theirs)


def _orders(window: AnsweredWindow) -> int:
    return len(window.estimates)


def _of(answers: Answers, rows: np.ndarray) -> Answers:
    columns = (answers.quantity, answers.typical, answers.low, answers.high)
    return type(answers)(*(column[rows] for column in columns))


def _registered(champion: Champion, evaluation: Evaluation) -> Compared:
    rival = Rival(
        version=champion.version,
        on="in its own training: it has seen all orders",
        score=champion.metrics.get("test_score", float("nan")),
        new_score=evaluation.model.score,
    )
    return Compared(rival, None)
