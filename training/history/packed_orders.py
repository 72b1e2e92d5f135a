"""The orders of a part of the history, packed: the next run reads them in a fraction of the time that rows take."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
import pyarrow as pa
from sqlalchemy import select

from quantity.ahead import in_order
from quantity.db.snapshots import stored_columns
from quantity.db.tables import part_tables
from quantity.features.calendar import date_to_day
from quantity.features.orders import Orders
from quantity.features.past import LEVELS
from quantity.whole_numbers import narrowed
from training.history.packed_pieces import PackedPieces, unpacked
from training.history.stored_totals import TotalsPacker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    from sqlalchemy import Engine

    from quantity.db.history import Part

_NUMBERS = ("store_id", "product_id", "day", "quantity")
_ORDER = dict.fromkeys(_NUMBERS, pa.int32()) | {"quantity": pa.int64(), "case_price_cents": pa.float64()}
_SCHEMA = pa.schema(_ORDER | dict.fromkeys(LEVELS, pa.float32()))


class OrdersLostError(RuntimeError):
    """A part's packed orders are not those of its rows."""


class MeasuredOrders(NamedTuple):
    """Orders and their levels.

    Attributes:
        orders: n orders, sorted by store, product and day; prices as their lines tell them.
        levels: by name (`LEVELS`), (n,) float32 levels; NaN where they are not known yet.
    """

    orders: Orders
    levels: Mapping[str, np.ndarray]


class OrderPacker:
    """Packs orders and what they add up to piece by piece, and writes them when the database is free.

    Args:
        orders: prices as their lines tell them.
        first_day: those from this day on are packed, days since 1970-01-01; None: all.

    Attributes:
        totals: of these orders.
    """

    def __init__(self, orders: Orders, first_day: int | None = None) -> None:
        self._orders = orders
        self._rows = None if first_day is None else np.flatnonzero(orders.day >= first_day)
        self._packed = 0
        self._pieces, self.totals = PackedPieces(), TotalsPacker()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pieces.__exit__(*error)
        self.totals.__exit__(*error)

    def add(self, levels: pd.DataFrame) -> None:
        """Pack the next orders, of which these are the `LEVELS`."""
        rows = slice(self._packed, self._packed + len(levels))
        part = self._orders.take(rows if self._rows is None else self._rows[rows])
        self._packed += len(levels)
        columns = {name: getattr(part, name) for name in _ORDER} | {name: levels[name].to_numpy() for name in LEVELS}
        self._pieces.add(pa.table(columns).cast(_SCHEMA))

    def write(self, engine: Engine, number: int) -> None:
        """Write what is packed as the orders of a new part.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database failed.
        """
        tables = part_tables(number)
        self._pieces.write(engine, tables.orders)
        self.totals.write(engine, tables.totals)


def read_packed_orders(engine: Engine, parts: Sequence[Part]) -> MeasuredOrders:
    """The orders of parts of the history, by what is shown of each.

    Raises:
        OrdersLostError: they are not as many as the history's rows: whoever published it kept none.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    return reduce(merged, [_of_part(engine, part) for part in parts])


def merged(first: MeasuredOrders, then: MeasuredOrders) -> MeasuredOrders:
    """Orders, each sorted by store, product and day, and those of later days."""
    at = np.searchsorted(_pairs(first.orders), _pairs(then.orders), side="right")

    def both(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        return np.insert(before.astype(np.result_type(before, after), copy=False), at, after)

    columns = [(getattr(first.orders, name), getattr(then.orders, name)) for name in _ORDER]
    columns += [(first.levels[name], then.levels[name]) for name in LEVELS]
    found = dict(zip((*_ORDER, *LEVELS), in_order(lambda column: both(*column), columns), strict=True))
    levels = {name: found.pop(name) for name in LEVELS}
    return MeasuredOrders(Orders(**found), levels)


def _pairs(orders: Orders) -> np.ndarray:
    pairs: np.ndarray = (orders.store_id.astype(np.int64) << 31) + orders.product_id
    return pairs


def _of_part(engine: Engine, part: Part) -> MeasuredOrders:
    pieces = list(_pieces(engine, part))
    if sum(len(piece) for piece in pieces) != part.feature_rows:
        raise OrdersLostError(f"the orders of part {part.part} of the history were not kept")
    whole = pa.concat_tables([_SCHEMA.empty_table(), *pieces])
    columns = {name: whole[name].to_numpy() for name in _SCHEMA.names}
    orders = Orders(**{name: columns[name] for name in _ORDER} | {"quantity": narrowed(columns["quantity"])})
    return MeasuredOrders(orders, {name: columns[name] for name in LEVELS})


def _pieces(engine: Engine, part: Part) -> Iterator[pa.Table]:
    """Each piece with the orders that are shown."""
    table, end = part_tables(part.part).orders, date_to_day(part.end_day)
    with engine.connect() as connection:
        if not stored_columns(connection, table):
            return
        query = select(table.c.content).order_by(table.c.piece).execution_options(yield_per=4)
        for content in connection.scalars(query):
            piece = unpacked(content)
            is_shown = piece["day"].to_numpy() < end
            yield piece if is_shown.all() else piece.filter(pa.array(is_shown))
