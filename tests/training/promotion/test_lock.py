"""One run at a time decides, and publishers are not in its way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quantity.db.engine import connect
from training.promotion.lock import PromotionBusyError, promotion_lock
from training.publish.lock import publish_lock

if TYPE_CHECKING:
    from sqlalchemy import Engine


def test_a_second_run_waits_and_gives_up(engine: Engine) -> None:
    other = connect(engine.url)
    with promotion_lock(engine, 0), pytest.raises(PromotionBusyError, match="deciding who is champion"):  # noqa: SIM117
        with promotion_lock(other, 0):
            pass
    with promotion_lock(other, 0) as still_held:
        still_held()
    other.dispose()


def test_publishing_and_promoting_do_not_wait_for_each_other(engine: Engine) -> None:
    other = connect(engine.url)
    with publish_lock(engine, 0), promotion_lock(other, 0):
        pass
    other.dispose()
