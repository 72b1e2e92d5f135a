"""Checks of the raw tables before features are computed from them: rows, values, references, freshness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, inspect, or_, select

from quantity.db.history import history
from quantity.db.snapshots import published
from quantity.db.tables import RAW, replaced_tables
from quantity.features.definitions import PRODUCT_ATTRIBUTES, STORE_ATTRIBUTES
from training.input_files.limits import DATES, last_order_date
from training.quality.checks import EXAMPLES, Check, some
from training.quality.row_rules import check_rows, row_rules

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Table

    from quantity.versions import Published

REFERENCES = {"dim_store": "store_id", "dim_product": "product_id"}
"""The metadata tables, and the column of `fact_order_items` that refers to each."""


@dataclass(frozen=True)
class RawLimits:
    """How far the raw tables may be from perfect.

    Attributes:
        max_age_days: most days since the last order; None: any.
        max_unknown_share: largest share of order lines of stores, or of products, without metadata.
        max_row_drop: largest share of order lines that may be gone since the published snapshot.
        future_days: days after today on which an order is still no typing error.
    """

    max_age_days: int | None = None
    max_unknown_share: float = 0.25
    max_row_drop: float = 0.1
    future_days: int = 1


def check_raw_tables(engine: Engine, limits: RawLimits, today: dt.date) -> list[Check]:
    """Look at the three raw tables.

    Args:
        engine: the database.
        limits: what to tolerate.
        today: the current day in the time zone of the days.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    before = published(engine)
    last_date = last_order_date(today, limits.future_days)
    shapes = [_check_shape(engine, name) for name in RAW]
    sound = {name: replaced_tables()[name] for name, shape in zip(RAW, shapes, strict=True) if not shape.fault}
    with engine.connect() as connection:
        checks = list(shapes)
        for table in sound.values():
            if_empty = _fault_if_empty(connection, table.name, before)
            checks += check_rows(connection, table, row_rules(table, last_date), if_empty)
        if "dim_store" in sound:
            checks.append(_check_stores_are_distinct(connection, sound["dim_store"]))
        if "fact_order_items" in sound:
            checks += _check_history(connection, sound["fact_order_items"], limits, today, before)
            checks += _check_references(connection, sound, limits)
    return checks


def _check_shape(engine: Engine, name: str) -> Check:
    inspector = inspect(engine)
    what = f"{name}: columns"
    if not inspector.has_table(name):
        return Check(what, "no such table", "no such table: load the CSV files first (preprocess --source csv)")
    present = {column["name"].lower() for column in inspector.get_columns(name)}
    missing = [column.name for column in replaced_tables()[name].columns if column.name not in present]
    if missing:
        return Check(what, f"{len(present)}", f"the table has no column {', '.join(missing)}")
    return Check(what, f"{len(present)}")


def _fault_if_empty(connection: Connection, name: str, before: Published | None) -> str | None:
    """Orders alone are enough to begin with; metadata that the published snapshot knows must not be gone."""
    if name not in REFERENCES:
        return "the table is empty"
    if before is None:
        return None
    kind = name.removeprefix("dim_")
    known = replaced_tables()[f"latest_{kind}"]
    attributes = STORE_ATTRIBUTES if kind == "store" else PRODUCT_ATTRIBUTES
    with_some = select(func.count()).select_from(known).where(or_(*(known.c[a].is_not(None) for a in attributes)))
    count = connection.scalar(with_some)
    if not count:
        return None
    return f"the table is empty, and snapshot {before.snapshot_id} knows attributes of {count:,} {kind}s"


def _check_stores_are_distinct(connection: Connection, stores: Table[Any]) -> Check:
    # A table made by someone else's loader may lack the primary key.
    key = stores.c.store_id
    repeated = connection.scalars(select(key).group_by(key).having(func.count() > 1).order_by(key)).all()
    fault = f"several rows of store_id {some(repeated[:EXAMPLES], len(repeated))}" if repeated else None
    return Check("dim_store: one row a store", f"{len(repeated):,} stores with several rows", fault)


def _check_history(
    connection: Connection, items: Table[Any], limits: RawLimits, today: dt.date, before: Published | None
) -> Iterator[Check]:
    facts = _facts(connection, items)
    newest = facts["newest"]
    if newest is None:
        return
    age = (today - newest).days
    old = limits.max_age_days is not None and age > limits.max_age_days
    yield Check(
        "fact_order_items: freshness",
        f"orders from {facts['oldest']} to {newest}, {age:,} days ago",
        f"the last order is {age:,} days old, at most {limits.max_age_days} are expected: "
        "see why no newer orders were loaded"
        if old
        else None,
    )
    if before is not None:
        yield _compare_rows(facts["line_count"], before, limits)
        yield _compare_dates(connection, newest, before)


def _facts(connection: Connection, items: Table[Any]) -> RowMapping:
    date = items.c.checkout_date
    # MySQL may hold dates that are none.
    valid = case((date.between(*DATES), date))
    query = select(
        func.count().label("line_count"), func.min(valid).label("oldest"), func.max(valid).label("newest")
    ).select_from(items)
    return connection.execute(query).mappings().one()


def _compare_rows(rows: int, before: Published, limits: RawLimits) -> Check:
    found = f"{rows:,} now, {before.order_rows:,} in snapshot {before.snapshot_id}"
    gone = 1 - rows / max(before.order_rows, 1)
    fault = None
    if gone > limits.max_row_drop:
        fault = (
            f"{found}: {gone:.0%} of the order lines are gone, at most {limits.max_row_drop:.0%} may be. "
            "Was the table truncated or loaded in part?"
        )
    return Check("fact_order_items: rows since the last snapshot", found, fault)


def _compare_dates(connection: Connection, newest: dt.date, before: Published) -> Check:
    last = connection.scalar(select(func.max(history(connection, ("checkout_date",)).c.checkout_date)))
    found = f"last order {newest} now, {last} in snapshot {before.snapshot_id}"
    fault = f"{found}: the latest orders are gone" if last is not None and newest < last else None
    return Check("fact_order_items: last order since the last snapshot", found, fault)


def _check_references(connection: Connection, tables: Mapping[str, Table[Any]], limits: RawLimits) -> Iterator[Check]:
    items = tables["fact_order_items"]
    total = connection.scalar(select(func.count()).select_from(items)) or 0
    for name, column in REFERENCES.items():
        if total and name in tables:
            yield _check_reference(connection, items.c[column], tables[name].c[column], total, limits)


def _check_reference(
    connection: Connection, refers: ColumnElement[int], to: ColumnElement[int], total: int, limits: RawLimits
) -> Check:
    used = select(refers.label("id"), func.count().label("uses")).group_by(refers).subquery()
    known = select(to.label("id")).distinct().subquery()
    unknown = select(used.c.id, used.c.uses).outerjoin(known, used.c.id == known.c.id).where(known.c.id.is_(None))
    answer = connection.execute(unknown.order_by(used.c.uses.desc(), used.c.id)).all()
    lines = int(sum(uses for _, uses in answer))
    share = lines / total
    kind = str(refers.key).removesuffix("_id")
    found = f"{lines:,} lines ({share:.1%}) of {len(answer):,} {kind}s without metadata"
    fault = None
    none_at_all = connection.scalar(select(to).limit(1)) is None
    if share > limits.max_unknown_share and not none_at_all:
        examples = some([key for key, _ in answer[:EXAMPLES]], len(answer))
        fault = (
            f"{found}, at most {limits.max_unknown_share:.0%} may be ({refers.key} {examples}): "
            f"load the missing rows of dim_{kind}"
        )
    return Check(f"fact_order_items: {refers.key} in dim_{kind}", found, fault)
