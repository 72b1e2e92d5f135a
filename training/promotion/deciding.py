"""A trained version is compared with whoever is champion at that moment, and promoted or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from quantity.registry import version_number
from training.fit.time_split import FEWEST_TO_TEST
from training.promotion.champion import current_champion
from training.promotion.gate import FIRST, NO_CHAMPION, decide, decide_untested
from training.promotion.lock import promotion_lock
from training.promotion.moving import move_alias, tag_decision
from training.promotion.rival import compare
from training.promotion.trail import BY_TRAINING, heal

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.settings import Settings
    from training.fit.dataset import Dataset
    from training.fit.evaluation import Evaluation
    from training.fit.rolling import Rolled
    from training.promotion.champion import Champion
    from training.promotion.gate import Decision, Policy
    from training.promotion.rival import Compared


@dataclass(frozen=True)
class Trained:
    """A model that was just trained, and how it did.

    Attributes:
        data: the orders that it was fitted to.
        rolled: the model, and the answers of its like in the tested windows.
        evaluation: their metrics; None where there was nothing to test on.
        is_first: whether the registry knew no version before.
    """

    data: Dataset
    rolled: Rolled
    evaluation: Evaluation | None
    is_first: bool


@dataclass(frozen=True)
class Opponent:
    """The champion, and how it compares with the trained model.

    Attributes:
        champion: None where there is none.
        compared: None where they were not compared.
    """

    champion: Champion | None
    compared: Compared | None


def opponent(settings: Settings, trained: Trained, champion: Champion | None) -> Opponent:
    """Compare with a champion."""
    if champion is None or trained.evaluation is None:
        return Opponent(champion, None)
    level = settings.promotion_level
    return Opponent(champion, compare(champion, trained.data, trained.rolled.windows, trained.evaluation, level))


def decide_and_promote(
    settings: Settings, engine: Engine, trained: Trained, against: Opponent, *, number: str, policy: Policy
) -> tuple[Decision, Opponent]:
    """Decide under the promotion lock, and move the alias if the gate says so; the result tells against whom, too.

    Where the alias has moved since the comparison, the model is compared with the champion of now: of two trainings
    that began beside the same champion, the later one must beat the earlier.

    Args:
        settings: of the registry.
        engine: the database of the lock and the trail.
        trained: the model.
        against: the champion that it was compared with.
        number: the model's version.
        policy: see `training.promotion.gate.decide`.

    Raises:
        training.promotion.lock.PromotionBusyError: another run is deciding.
        sqlalchemy.exc.SQLAlchemyError: the database failed.
        mlflow.exceptions.MlflowException: the registry failed.
    """
    with promotion_lock(engine) as still_held:
        heal(engine, settings)
        if version_number(settings) != (against.champion.version if against.champion else None):
            against = opponent(settings, trained, current_champion(settings))
        decision = _decision(policy, trained, against)
        rival = against.compared.rival if against.compared else None
        still_held()
        tag_decision(settings, number, decision, rival)
        if decision.promote:
            move_alias(settings, engine, number, decision.reason, promoted_by=BY_TRAINING, rival=rival)
    return decision, against


def _decision(policy: Policy, trained: Trained, against: Opponent) -> Decision:
    alone = _alone(against, is_first=trained.is_first)
    evaluation = trained.evaluation
    if evaluation is None:
        return decide_untested(policy, f"the orders are of 1 day, and a test takes {FEWEST_TO_TEST}", alone)
    scores = {name: metrics.score for name, metrics in evaluation.baselines.items()}
    rival = against.compared.rival if against.compared else None
    return decide(policy, evaluation.model.score, scores, rival, alone or "")


def _alone(against: Opponent, *, is_first: bool) -> str | None:
    """Why there is no champion that answers; None where there is one."""
    champion = against.champion
    if champion is None:
        return FIRST if is_first else NO_CHAMPION
    if against.compared is not None:
        return against.compared.trouble or None
    if champion.has_other_features:
        return f"champion version {champion.version} is of another list of features"
    return f"champion version {champion.version} cannot be loaded: {champion.trouble}" if champion.trouble else None
