"""What every row of a raw table must have, as conditions that the database counts in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select

from training.input_files.limits import DATES, IDS, PRICES, QUANTITIES
from training.quality.checks import EXAMPLES, Check, some

if TYPE_CHECKING:
    import datetime as dt
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


def row_rules(table: Table[Any], last_date: dt.date) -> list[RowRule]:
    """The rules of a raw table's rows: the limits that the cells of input files have, too.

    Args:
        table: the table.
        last_date: the last day that an order may be of.
    """
    required = [column for column in table.columns if not column.nullable]
    rules = [RowRule("all columns", "a value in every required column", or_(*(c.is_(None) for c in required)))]
    rules += [
        RowRule(name, f"an id from {IDS.low} to {IDS.high}", ~table.c[name].between(*IDS))
        for name in ("store_id", "product_id")
        if name in table.c
    ]
    return rules + (_order_rules(table, last_date) if table.name == "fact_order_items" else [])


def _order_rules(items: Table[Any], last_date: dt.date) -> list[RowRule]:
    quantity, price, date = items.c.quantity, items.c.variant_case_price_cents, items.c.checkout_date
    return [
        RowRule(quantity.name, f"a quantity of at least {QUANTITIES.low}", quantity < QUANTITIES.low),
        RowRule(price.name, f"a price of at least {PRICES.low}", price < PRICES.low),
        RowRule(date.name, f"a date from {DATES.low} to {DATES.high}", ~date.between(*DATES)),
        RowRule(
            date.name,
            f"a date that is not in the future (after {last_date})",
            date.between(last_date, DATES.high) & (date != last_date),
        ),
    ]


def check_rows(
    connection: Connection, table: Table[Any], rules: Sequence[RowRule], if_empty: str | None
) -> Iterator[Check]:
    """Count a table's rows, and those that break each rule; ``if_empty`` is the fault of a table without rows."""
    counts = [func.coalesce(func.sum(case((rule.broken, 1), else_=0)), 0) for rule in rules]
    rows, *broken = connection.execute(select(func.count(), *counts).select_from(table)).one()
    yield Check(f"{table.name}: rows", f"{rows:,}", None if rows else if_empty)
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
