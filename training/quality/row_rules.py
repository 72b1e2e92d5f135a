"""What every row of a raw table must have, as conditions that the database counts in one pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select

from training.input_files.values import LARGEST_ID, IsoDate
from training.quality.checks import EXAMPLES, Check, some

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Table


@dataclass(frozen=True)
class RowRule:
    """Something that each row must have.

    Attributes:
        column: where.
        expected: it, in words, after "every row has".
        broken: true for a row without it.
    """

    column: str
    expected: str
    broken: ColumnElement[bool]


def row_rules(table: Table[Any], today: dt.date) -> list[RowRule]:
    """The rules of a raw table's rows."""
    required = [column for column in table.columns if not column.nullable]
    rules = [RowRule("all columns", "a value in every required column", or_(*(c.is_(None) for c in required)))]
    rules += [
        RowRule(name, f"an id from 1 to {LARGEST_ID}", ~table.c[name].between(1, LARGEST_ID))
        for name in ("store_id", "product_id")
        if name in table.c
    ]
    return rules + (_order_rules(table, today) if table.name == "fact_order_items" else [])


def _order_rules(items: Table[Any], today: dt.date) -> list[RowRule]:
    quantity, price, date = items.c.quantity, items.c.variant_case_price_cents, items.c.checkout_date
    first, last = IsoDate().first, IsoDate().last
    # Some time zones are a day ahead.
    tomorrow = today + dt.timedelta(days=1)
    return [
        RowRule(quantity.name, "a quantity of at least 1", quantity < 1),
        RowRule(price.name, "a price of at least 0", price < 0),
        RowRule(date.name, f"a date from {first} to {last}", ~date.between(first, last)),
        RowRule(
            date.name,
            f"a date that is not in the future (after {tomorrow})",
            date.between(tomorrow, last) & (date != tomorrow),
        ),
    ]


def check_rows(connection: Connection, table: Table[Any], rules: Sequence[RowRule]) -> Iterator[Check]:
    """Count a table's rows, and those that break each rule."""
    counts = [func.coalesce(func.sum(case((rule.broken, 1), else_=0)), 0) for rule in rules]
    rows, *broken = connection.execute(select(func.count(), *counts).select_from(table)).one()
    yield Check(f"{table.name}: rows", f"{rows:,}", None if rows else "the table is empty")
    for rule, count in zip(rules, map(int, broken), strict=True):
        name = f"{table.name}: {rule.column}"
        if count:
            yield Check(name, f"{count:,} rows without {rule.expected}", _fault(connection, table, rule, count))
        else:
            yield Check(name, f"every row has {rule.expected}")


def _fault(connection: Connection, table: Table[Any], rule: RowRule, count: int) -> str:
    key = next(iter(table.primary_key))
    examples = connection.scalars(select(key).where(rule.broken).order_by(key).limit(EXAMPLES)).all()
    rows = "1 row" if count == 1 else f"{count:,} rows"
    return f"{rows} without {rule.expected} ({key.name} {some(examples, count)})"
