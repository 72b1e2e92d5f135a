"""The order lines that a database holds, to compare with others."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from quantity.db.raw_tables import read_raw_tables
from quantity.db.tables import PARTS, POINTER, SNAPSHOT
from tests.support.publishing.preprocess_runs import engine_of, everything
from training.publish.raw_digest import digest_of_raw
from training.publish.raw_origin import RawOrigin, read_raw_origin

if TYPE_CHECKING:
    from typing import Any

    from quantity.settings import Settings


def quantities(settings: Settings) -> dict[int, list[int]]:
    """By order, the cases of its lines."""
    with engine_of(settings) as engine:
        items = read_raw_tables(engine).order_items
    orders = items["order_id"].unique().tolist()
    return {order: sorted(items["quantity"][items["order_id"] == order].tolist()) for order in orders}


def raw_digest(settings: Settings) -> str:
    """Of the raw tables, whatever the order of their lines."""
    with engine_of(settings) as engine:
        return digest_of_raw(read_raw_tables(engine))


def origin(settings: Settings) -> RawOrigin:
    """Where the raw tables come from."""
    with engine_of(settings) as engine:
        return read_raw_origin(engine)


def features(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """The history and the latest state, every row, dates as text on either kind of database."""
    tables = everything(settings)
    return {name: sorted(map(_plain, tables[name]), key=repr) for name in SNAPSHOT if name not in (PARTS, POINTER)}


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(str(value) if isinstance(value, dt.date) else value for value in row)
