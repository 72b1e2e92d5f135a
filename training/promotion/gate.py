"""The promotion gate: whether a new version becomes champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from training.promotion.bootstrap import FEWEST_DAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.model.metrics import Metrics
    from training.promotion.bootstrap import Improvement

Policy = Literal["auto", "always", "never"]

TYPICAL_TOLERANCE = 0.005
"""So much may the typical number's WAPE rise, or its hit rate fall, beside the champion's."""


@dataclass(frozen=True)
class Rival:
    """The champion beside the new version, on the same orders.

    Attributes:
        version: its number.
        on: which orders, in words.
        score: WAPE + |bias| of the champion, and `new_score` of the new version; lower is better.
        typical: metrics of the champion's typical number, and `new_typical` of the new version's; None where the
            champion has none on these orders.
        servable: whether the service of this version of the project can load the champion.
        orders: how many orders.
        days: on how many days they are; None where each version answered in its own training, and only its score is
            known.
        improvement: of the score, with its interval; None where there is none.
    """

    version: str
    on: str
    score: float
    new_score: float
    typical: Metrics | None = None
    new_typical: Metrics | None = None
    servable: bool = True
    orders: int | None = None
    days: int | None = None
    improvement: Improvement | None = None


@dataclass(frozen=True)
class Decision:
    """Whether to promote, and why."""

    promote: bool
    reason: str


FIRST = "it is the first version"
NO_CHAMPION = "no version was champion"
"""Why a version has no rival, where there is no champion."""


def decide(
    policy: Policy, score: float, baselines: Mapping[str, float], rival: Rival | None, alone: str = FIRST
) -> Decision:
    """Promote what beats every baseline, and the champion by more than noise; anything where no champion answers.

    More than noise: the lower end of the improvement's interval is above 0. Where only recorded scores can be compared,
    the noise is unknown, and the better score wins.

    Args:
        policy: ``auto`` compares; the others do not ask.
        score: mean score of the new version over the windows; lower is better.
        baselines: the same of the baselines.
        rival: the champion; None where there is none that could answer.
        alone: why there is none.
    """
    if policy != "auto":
        return _by_policy(policy)
    unbeaten = [f"{name} ({_better_by(score, other)})" for name, other in baselines.items() if not score < other]
    beaten = f"score {score:.4f} beats {_named(baselines)}"
    not_beaten = f"score {score:.4f} does not beat {', '.join(unbeaten)}"
    if rival is None:
        return Decision(
            promote=True, reason=f"{beaten}; {alone}" if not unbeaten else f"{alone}. Warning: {not_beaten}"
        )
    if not rival.servable:
        return _in_place_of(rival, not_beaten if unbeaten else beaten)
    if unbeaten:
        return Decision(promote=False, reason=not_beaten)
    return _beside(rival, beaten)


def decide_untested(policy: Policy, why: str, alone: str | None) -> Decision:
    """Promote a version without a score where nothing else could answer.

    Args:
        policy: as for `decide`.
        why: why it could not be tested.
        alone: why there is no champion that answers; None: there is one.
    """
    if policy != "auto":
        return _by_policy(policy)
    if alone is None:
        return Decision(promote=False, reason=f"it could not be compared with the champion: {why}")
    return Decision(promote=True, reason=f"{alone}. Warning: it is not tested: {why}")


def _by_policy(policy: Policy) -> Decision:
    return Decision(policy == "always", f"--promote {policy}")


def _beside(rival: Rival, beaten: str) -> Decision:
    if doubt := _doubt(rival):
        return Decision(promote=False, reason=f"{doubt}: {_scores(rival)}")
    if worse := _worse_typical(rival):
        return Decision(promote=False, reason=f"the typical number got worse: {worse}, {rival.on}")
    return Decision(promote=True, reason=f"{beaten}; and the champion: {_scores(rival)}")


def _doubt(rival: Rival) -> str | None:
    """Why the new version is not known to be better; None where it is."""
    if not rival.new_score < rival.score:
        return "does not beat the champion"
    if rival.improvement is not None and not rival.improvement.low > 0:
        return "does not beat the champion by more than noise"
    if rival.improvement is None and rival.days is not None:
        days = f"{rival.days} day{'s' if rival.days > 1 else ''}"
        return f"is not known to beat the champion by more than noise, which takes {FEWEST_DAYS} days, not {days}"
    return None


def _in_place_of(rival: Rival, beside_baselines: str) -> Decision:
    """A champion that nobody can serve gives way: any answer is better than none."""
    warning = "" if rival.new_score < rival.score else "Warning: the champion was better. "
    reason = (
        f"{warning}{beside_baselines}; {_scores(rival)}; the champion is of another list of features, which no "
        "service of this version of the project can load"
    )
    return Decision(promote=True, reason=reason)


def _scores(rival: Rival) -> str:
    scores = f"score {rival.new_score:.4f}, champion version {rival.version} {rival.score:.4f}, {rival.on}"
    if rival.improvement is not None:
        return f"{scores}: {rival.improvement}"
    return scores if rival.days is not None else f"{scores} (how much of that is noise is unknown)"


def _named(baselines: Mapping[str, float]) -> str:
    return ", ".join(f"{name} ({score:.4f})" for name, score in baselines.items())


def _better_by(score: float, other: float) -> str:
    if np.isnan(score):
        return f"{other:.4f}"
    better = f"{score - other:.4f}"
    return f"{other:.4f}, better by {better}" if float(better) else f"{other:.4f}, as good"


def _worse_typical(rival: Rival) -> str | None:
    if rival.typical is None or rival.new_typical is None:
        return None
    if rival.new_typical.wape > rival.typical.wape + TYPICAL_TOLERANCE:
        return f"WAPE {rival.new_typical.wape:.4f}, champion version {rival.version} {rival.typical.wape:.4f}"
    if rival.new_typical.hit_rate < rival.typical.hit_rate - TYPICAL_TOLERANCE:
        return f"hits {rival.new_typical.hit_rate:.4f}, champion version {rival.version} {rival.typical.hit_rate:.4f}"
    return None
