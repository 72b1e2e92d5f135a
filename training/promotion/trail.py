"""The audit trail: a row of the table ``promotions`` each time that the alias moved.

The alias moves first, its row follows. Where a run died between the two, or somebody moved the alias in MLflow's pages,
alias and last row differ: the next run sees that, and adds a row that says so.
"""

from __future__ import annotations

import datetime as dt
import logging
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.failures import message_of
from quantity.db.monitoring_tables import REASON_LENGTH, promotions
from quantity.registry import aliased_version, version_notes
from training.publish.control_tables import NewerDatabaseError
from training.publish.current_tables import ensure_current_tables
from training.publish.lock import PublisherBusyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine, Select

    from quantity.settings import Settings

BY_TRAINING, BY_HAND, NOT_RECORDED = "training", "by hand", "not recorded"
"""Who moved the alias."""

PUBLISHER_SECONDS = 600
"""Patience with a publisher, where the table is still to be made."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Promotion:
    """The alias moved.

    Attributes:
        promoted_at: when, UTC, whole seconds; where the run that did it did not record it, when it was found.
        from_version: the version that had the alias before; None where there was none.
        to_version: the one that has it now.
        run_id: MLflow's run of that version.
        promoted_by: `BY_TRAINING`, `BY_HAND` or `NOT_RECORDED`.
        reason: why.
        orders: that both versions answered; None where they were not compared on the same orders.
        improvement: of the score, with its interval's ends and level; None without an interval.
    """

    promoted_at: dt.datetime
    from_version: str | None
    to_version: str
    run_id: str
    promoted_by: str
    reason: str
    orders: int | None = None
    improvement: float | None = None
    improvement_low: float | None = None
    improvement_high: float | None = None
    level: float | None = None


def now() -> dt.datetime:
    """The present time as the table keeps it: UTC, whole seconds."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def record(engine: Engine, settings: Settings, promotion: Promotion) -> None:
    """Add a row; a warning tells where that fails, and the next run heals. Callers hold the promotion lock."""
    with _told_if_it_fails():
        _add(engine, settings, promotion)


def history(engine: Engine, settings: Settings, most: int | None = None) -> list[Promotion]:
    """The latest promotions of the settings' model and alias, newest first; none where there is no table yet.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database failed.
    """
    if not inspect(engine).has_table(promotions.name):
        return []
    columns = [promotions.c[field.name] for field in fields(Promotion)]
    rows = _of(settings, select(*columns)).order_by(promotions.c.promotion_id.desc()).limit(most)
    with engine.connect() as connection:
        return [Promotion(**row) for row in connection.execute(rows).mappings()]


def heal(engine: Engine, settings: Settings) -> None:
    """Add the row that is missing where the alias has moved without one. Callers hold the promotion lock.

    Where that fails a warning tells, and the next run heals.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    with _told_if_it_fails():
        _heal(engine, settings)


def _heal(engine: Engine, settings: Settings) -> None:
    champion = aliased_version(settings)
    last = next(iter(history(engine, settings, most=1)), None)
    if champion is None or (last is not None and last.to_version == champion.number):
        return
    found = Promotion(
        promoted_at=now(),
        from_version=last.to_version if last else None,
        to_version=champion.number,
        run_id=champion.run_id,
        promoted_by=NOT_RECORDED,
        reason=_found(settings, champion.number),
    )
    _add(engine, settings, found)


@contextmanager
def _told_if_it_fails() -> Iterator[None]:
    """An audit trail that cannot be written is no reason to be without a champion."""
    try:
        yield
    except (SQLAlchemyError, PublisherBusyError, NewerDatabaseError) as error:
        logger.warning("the table promotions lacks a row until the next run adds it: %s", message_of(error))


def _add(engine: Engine, settings: Settings, promotion: Promotion) -> None:
    ensure_current_tables(engine, PUBLISHER_SECONDS)
    values = asdict(promotion) | {"reason": promotion.reason[:REASON_LENGTH]}
    whose = {"model_name": settings.model_name, "model_alias": settings.model_alias}
    with engine.begin() as connection:
        connection.execute(insert(promotions).values(values | whose))


def _found(settings: Settings, number: str) -> str:
    told = next((note.promotion for note in version_notes(settings) if note.number == number), "")
    why = f"; the version's tag says: {told}" if told else ""
    return f"found later: the alias was moved by other means, or by a run that could not record it{why}"


def _of(settings: Settings, rows: Select[Any]) -> Select[Any]:
    return rows.where(promotions.c.model_name == settings.model_name, promotions.c.model_alias == settings.model_alias)
