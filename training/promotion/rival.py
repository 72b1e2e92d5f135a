"""The current champion beside the new version, on orders that the champion has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from quantity.model.metrics import Metrics, evaluate, mean_metrics
from training.fit.evaluation import metrics_of, window_metric
from training.fit.failures import described
from training.promotion.bootstrap import AnsweredOrders, improvement
from training.promotion.gate import Rival

if TYPE_CHECKING:
    from collections.abc import Sequence

    from quantity.model.decision import Answers
    from training.fit.dataset import Dataset
    from training.fit.evaluation import Evaluation, WindowMetrics
    from training.fit.rolling import AnsweredWindow
    from training.promotion.champion import Champion

COLUMNS_NAMED = 3
"""So many of the columns that are missing are named."""


@dataclass(frozen=True)
class Compared:
    """Champion and new version on the same orders.

    Attributes:
        rival: None where they cannot be compared.
        champion: the champion's metrics, where it answered.
        trouble: why they cannot be compared.
    """

    rival: Rival | None
    champion: Metrics | None = None
    trouble: str = ""


def compare(
    champion: Champion, data: Dataset, tested: Sequence[AnsweredWindow], evaluation: Evaluation, level: float
) -> Compared:
    """Compare on the tested orders that the champion was not fitted to.

    A model knows the orders that it was fitted to, and would always win on them. Where there are no others,
    because both were fitted to the same days, or where the champion reads columns that the features no longer have,
    the scores are compared that both were registered with.

    Args:
        champion: the version that is champion.
        data: the orders.
        tested: the new version's answers to the tested ones.
        evaluation: its metrics.
        level: of the improvement's interval.
    """
    if champion.model is None:
        return _not_compared(champion, f"cannot be loaded: {champion.trouble}")
    if lacking := data.lacks(champion.model.row.inputs):
        return _of_other_columns(champion, evaluation, lacking)
    try:
        compared = _answered(champion, data, tested)
        return _beside(champion, data, compared, level) if compared else _registered(champion, evaluation)
    except Exception as error:  # noqa: BLE001 - a model of another version of the project fails in any way it likes
        return _not_compared(champion, f"cannot be evaluated: {described(error)}")


@dataclass(frozen=True)
class _Answered:
    """Orders of a window that the champion has not seen.

    Attributes:
        rows: (n,) their positions in the data set.
        y: (n,) cases.
        champion: the champion's answers.
        candidate: the new version's.
    """

    rows: np.ndarray
    y: np.ndarray
    champion: Answers
    candidate: Answers


def _answered(champion: Champion, data: Dataset, tested: Sequence[AnsweredWindow]) -> list[_Answered]:
    """By window with such orders: the answers to those that the champion has not seen."""
    if champion.model is None:
        return []
    until, compared = champion.trained_until, []
    for window in tested:
        unseen = np.ones(len(window.estimates), bool) if until is None else data.date[window.rows] >= until
        if unseen.any():
            X = data.inputs(champion.model.row.inputs, window.rows)[unseen]
            rows = window.rows.start + np.flatnonzero(unseen)
            theirs, ours = champion.model.answer(X), _of(window.answers, unseen)
            compared.append(_Answered(rows, data.y[rows], theirs, ours))
    return compared


def _beside(champion: Champion, data: Dataset, compared: Sequence[_Answered], level: float) -> Compared:
    theirs = mean_metrics([metrics_of(one.y, one.champion) for one in compared])
    ours = mean_metrics([metrics_of(one.y, one.candidate) for one in compared])
    if not np.isfinite(theirs.score):
        return _not_compared(champion, "cannot be evaluated: its answers have no score")
    orders = _together(data, compared)
    rival = Rival(
        version=champion.version,
        on=f"on {len(orders.y):,} orders that it has not seen",
        score=theirs.score,
        new_score=ours.score,
        typical=mean_metrics([evaluate(one.y, one.champion.typical) for one in compared]),
        new_typical=mean_metrics([evaluate(one.y, one.candidate.typical) for one in compared]),
        servable=not champion.has_other_features,
        orders=len(orders.y),
        days=len(np.unique(orders.day)),
        improvement=improvement(orders, level),
    )
    return Compared(rival, theirs)


def _together(data: Dataset, compared: Sequence[_Answered]) -> AnsweredOrders:
    rows = np.concatenate([one.rows for one in compared])
    return AnsweredOrders(
        window=np.repeat(np.arange(len(compared)), [len(one.rows) for one in compared]),
        day=data.date[rows],
        store=data.store_id[rows],
        y=data.y[rows],
        champion=np.concatenate([one.champion.quantity for one in compared]),
        candidate=np.concatenate([one.candidate.quantity for one in compared]),
    )


def _of(answers: Answers, rows: np.ndarray) -> Answers:
    columns = (answers.quantity, answers.typical, answers.low, answers.high)
    return type(answers)(*(column[rows] for column in columns))


def _registered(champion: Champion, evaluation: Evaluation) -> Compared:
    if recorded := _recorded(champion, evaluation):
        return recorded
    score = champion.metrics.get("test_score", float("nan"))
    if not np.isfinite(score):
        return _not_compared(champion, "cannot be evaluated: it has seen all orders, and has recorded no score")
    rival = Rival(
        version=champion.version,
        on="in its own training: it has seen all orders",
        score=score,
        new_score=evaluation.model.score,
        servable=not champion.has_other_features,
    )
    return Compared(rival)


def _of_other_columns(champion: Champion, evaluation: Evaluation, lacking: Sequence[str]) -> Compared:
    some = ", ".join(lacking[:COLUMNS_NAMED]) + (", …" if len(lacking) > COLUMNS_NAMED else "")
    return _recorded(champion, evaluation) or _not_compared(
        champion,
        f"cannot be evaluated: it reads columns that the features no longer have ({some}), "
        "and has recorded no score of the same orders",
    )


def _recorded(champion: Champion, evaluation: Evaluation) -> Compared | None:
    """The scores that both recorded of the same windows, with the same orders; None where there are none."""
    same = [window for window in evaluation.windows if _has_recorded(champion, window)]
    if not same:
        return None
    orders = sum(window.orders for window in same)
    rival = Rival(
        version=champion.version,
        on=f"on the same {orders:,} orders, each in its own training",
        score=float(np.mean([champion.metrics[window_metric(window, "score")] for window in same])),
        new_score=float(np.mean([window.model.score for window in same])),
        servable=not champion.has_other_features,
        orders=orders,
    )
    return Compared(rival)


def _has_recorded(champion: Champion, window: WindowMetrics) -> bool:
    # The same number of orders with the same number of cases from the same day on are the same orders.
    theirs = [champion.metrics.get(window_metric(window, name), float("nan")) for name in ("orders", "cases", "score")]
    return theirs[:2] == [window.orders, window.cases] and bool(np.isfinite(theirs[2]))


def _not_compared(champion: Champion, trouble: str) -> Compared:
    return Compared(None, None, f"champion version {champion.version} {trouble}")
