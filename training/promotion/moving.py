"""The alias moves to a version: with its reason on the version, and a row in the audit trail.

Whoever calls this holds the promotion lock, so that nobody else moves it meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quantity.registry import PROMOTION, aliased_version, set_champion, tag_version
from training.promotion.trail import Promotion, now, record

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.settings import Settings
    from training.promotion.gate import Decision, Rival

IMPROVEMENT, INTERVAL, LEVEL = "promotion_improvement", "promotion_interval", "promotion_level"
"""A version's tags: by how much its score is better than the champion's was, the interval's ends, and its level."""


def tag_decision(settings: Settings, number: str, decision: Decision, rival: Rival | None) -> None:
    """Record on a version what was decided and, if it was compared on the same orders, by which evidence.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    tag_version(settings, number, {PROMOTION: decision.reason} | _evidence(rival))


def move_alias(
    settings: Settings, engine: Engine | None, number: str, reason: str, *, promoted_by: str, rival: Rival | None = None
) -> None:
    """Give the alias to a version, and add a row to the trail, unless there is no database.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    before = aliased_version(settings)
    set_champion(settings, number, reason)
    after = aliased_version(settings)
    if engine is None or after is None:
        return
    promotion = Promotion(
        promoted_at=now(),
        from_version=before and before.number,
        to_version=number,
        run_id=after.run_id,
        promoted_by=promoted_by,
        reason=reason,
        **_columns(rival),
    )
    record(engine, settings, promotion)


def _evidence(rival: Rival | None) -> dict[str, str]:
    if rival is None or rival.improvement is None:
        return {}
    found = rival.improvement
    return {IMPROVEMENT: f"{found.estimate:.4f}", INTERVAL: found.interval, LEVEL: f"{found.level:g}"}


def _columns(rival: Rival | None) -> dict[str, Any]:
    columns: dict[str, Any] = {} if rival is None else {"orders": rival.orders}
    if rival is None or rival.improvement is None:
        return columns
    found = rival.improvement
    return columns | {
        "improvement": found.estimate,
        "improvement_low": found.low,
        "improvement_high": found.high,
        "level": found.level,
    }
