"""A champion that was trained eight weeks ago, and orders that have grown since."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from mlflow.entities import Metric, Param

from quantity.registry import client, set_champion
from tests.support.publishing.published_market import current, execute

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.settings import Settings

DAYS = 56
GROWTH = 3


def register_aged(settings: Settings, engine: Engine) -> str:
    """Register version 1's model once more, make it champion, and have its run say that it saw no order since."""
    registry = client(settings)
    one = registry.get_model_version(settings.model_name, "1")
    source = registry.get_run(str(one.run_id))
    run_id = registry.create_run(source.info.experiment_id).info.run_id
    params = source.data.params | {"trained_until": str(_trained_until(engine))}
    registry.log_batch(
        run_id,
        metrics=[Metric(name, value, 0, 0) for name, value in source.data.metrics.items()],
        params=[Param(name, value) for name, value in params.items()],
    )
    registry.log_text(run_id, '{"bins": 1}', "feature_reference.json")
    registry.log_text(run_id, "of the version's own range", "plots/range.txt")
    number = str(registry.create_model_version(settings.model_name, str(one.source), run_id).version)
    set_champion(settings, number, "by a test")
    return number


def let_orders_grow(engine: Engine) -> None:
    """Change what was ordered since."""
    since = _trained_until(engine)
    execute(engine, f"UPDATE features SET quantity = quantity * {GROWTH} WHERE checkout_date >= '{since}'")


def _trained_until(engine: Engine) -> dt.date:
    return current(engine).as_of_date - dt.timedelta(days=DAYS)
