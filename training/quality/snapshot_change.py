"""Checks of a published snapshot against the previous one: sizes, dates, quantities, missing features."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quantity.db.history import history
from quantity.db.snapshots import first_few, stored_columns
from quantity.db.tables import LATEST, PREVIOUS, replaced_tables
from quantity.features.definitions import SCOPES, columns_of
from training.quality.checks import EXAMPLES, Check, some
from training.quality.stability import stability_index

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from quantity.versions import Published

RECENT_DAYS = 28
"""Quantities are compared over so many days up to each snapshot's last order."""

FEWEST_ORDERS, FEWEST_GROUPS = 500, 20
"""With fewer recent orders, or fewer groups of a scope, shares say too little to be judged."""


@dataclass(frozen=True)
class ChangeLimits:
    """How much may change from one snapshot to the next.

    Attributes:
        max_drop: largest share of rows, stores, products or pairs that may be gone.
        max_shift: largest population stability index of the recent quantities.
        max_missing_rise: largest rise of a served feature's share of missing values.
    """

    max_drop: float = 0.1
    max_shift: float = 0.25
    max_missing_rise: float = 0.2


def check_change(
    connection: Connection, snapshot: Published, previous: Published, limits: ChangeLimits
) -> Iterator[Check]:
    """Compare the published snapshot with the previous one."""
    yield _check_as_of(snapshot, previous)
    sizes = {
        "feature rows": (previous.feature_rows, snapshot.feature_rows),
        "stores": (previous.store_rows, snapshot.store_rows),
        "products": (previous.product_rows, snapshot.product_rows),
        "pairs": (previous.pair_rows, snapshot.pair_rows),
    }
    for what, (before, now) in sizes.items():
        yield _check_size(what, before, now, limits)
    yield _check_quantities(connection, snapshot, previous, limits)
    yield _check_columns(connection)
    for scope in SCOPES:
        yield _check_missing(connection, scope, limits)


def _check_as_of(snapshot: Published, previous: Published) -> Check:
    found = f"{previous.as_of_date} before, {snapshot.as_of_date} now"
    fault = f"{found}: it went back" if snapshot.as_of_date < previous.as_of_date else None
    return Check("change: as-of date", found, fault)


def _check_size(what: str, before: int, now: int, limits: ChangeLimits) -> Check:
    found = f"{before:,} before, {now:,} now"
    gone = 1 - now / max(before, 1)
    fault = f"{found}: {gone:.0%} are gone, at most {limits.max_drop:.0%} may be" if gone > limits.max_drop else None
    return Check(f"change: {what}", found, fault)


def _check_quantities(connection: Connection, snapshot: Published, previous: Published, limits: ChangeLimits) -> Check:
    name = f"change: quantities of the last {RECENT_DAYS} days"
    before = _recent_quantities(connection, PREVIOUS, previous.as_of_date)
    now = _recent_quantities(connection, "", snapshot.as_of_date)
    orders = sum(before.values()), sum(now.values())
    if min(orders) < FEWEST_ORDERS:
        return Check(name, f"not judged: fewer than {FEWEST_ORDERS} orders ({orders[0]:,} before, {orders[1]:,} now)")
    shift = stability_index(before, now)
    found = f"stability index {shift:.3f}"
    fault = f"{found}, at most {limits.max_shift:g} is expected: quantities are distributed differently"
    return Check(name, found, fault if shift > limits.max_shift else None)


def _recent_quantities(connection: Connection, suffix: str, as_of: dt.date) -> dict[int, int]:
    features = history(connection, ("checkout_date", "quantity"), suffix)
    recent = features.c.checkout_date >= as_of - dt.timedelta(days=RECENT_DAYS)
    query = select(features.c.quantity, func.count()).where(recent, features.c.quantity > 0)
    return {int(quantity): count for quantity, count in connection.execute(query.group_by(features.c.quantity))}


def _check_columns(connection: Connection) -> Check:
    """Which features are new, and which are gone: they are not judged."""
    before, now = _stored(connection, PREVIOUS, "features"), _stored(connection, "", "features")
    new, gone = sorted(now - before), sorted(before - now)
    parts = [f"new: {first_few(new)}"] if new else []
    parts += [f"gone: {first_few(gone)}"] if gone else []
    return Check("change: features", "; ".join(parts) or "the same columns")


def _check_missing(connection: Connection, scope: str, limits: ChangeLimits) -> Check:
    name = f"change: missing values of {LATEST}{scope}"
    both = _stored(connection, PREVIOUS, f"{LATEST}{scope}") & _stored(connection, "", f"{LATEST}{scope}")
    common = [column.name for column in columns_of(scope) if column.name in both]
    if not common:
        return Check(name, "not judged: the two have no column in common")
    rows_before, before = _missing_shares(connection, PREVIOUS, scope, common)
    rows_now, now = _missing_shares(connection, "", scope, common)
    if min(rows_before, rows_now) < FEWEST_GROUPS:
        return Check(name, f"not judged: fewer than {FEWEST_GROUPS} rows ({rows_before:,} before, {rows_now:,} now)")
    rise = {column: now[column] - before[column] for column in now}
    worst = max(rise, key=lambda column: rise[column])
    found = f"at most {max(rise[worst], 0):.1%} more ({worst})"
    above = [column for column in rise if rise[column] > limits.max_missing_rise]
    told = [f"{column} {before[column]:.0%} before, {now[column]:.0%} now" for column in above[:EXAMPLES]]
    fault = f"rose by more than {limits.max_missing_rise:.0%}: {some(told, len(above))}" if above else None
    return Check(name, found, fault)


def _missing_shares(
    connection: Connection, suffix: str, scope: str, names: Sequence[str]
) -> tuple[int, dict[str, float]]:
    table = replaced_tables(suffix)[f"{LATEST}{scope}"]
    query = select(func.count(), *(func.count(table.c[name]) for name in names)).select_from(table)
    rows, *present = connection.execute(query).one()
    return rows, {name: 1 - count / max(rows, 1) for name, count in zip(names, present, strict=True)}


def _stored(connection: Connection, suffix: str, name: str) -> frozenset[str]:
    return stored_columns(connection, replaced_tables(suffix)[name])
