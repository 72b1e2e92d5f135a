"""Checks of a published snapshot by itself: its record tells the truth, and no key is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from quantity.db.history import history
from quantity.db.tables import HISTORY, replaced_tables
from quantity.features.definitions import PRODUCT_ATTRIBUTES, SCOPES, STORE_ATTRIBUTES
from training.quality.checks import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement, Connection, FromClause, Subquery, Table

    from quantity.versions import Published

PAIRS = "latest_store_product"
KEYS = ("store_id", "product_id", "checkout_date", "quantity")
"""What is read of the history."""


def check_content(connection: Connection, snapshot: Published) -> Iterator[Check]:
    """Look at the published tables and their record."""
    tables = replaced_tables()
    yield from _check_counts(connection, tables, snapshot)
    yield from _check_features(connection, history(connection, KEYS), snapshot)
    yield _check_history_pairs(connection, tables)
    for scope in SCOPES:
        yield _check_keys(connection, tables, scope)


def _check_counts(connection: Connection, tables: Mapping[str, Table[Any]], snapshot: Published) -> Iterator[Check]:
    recorded = {
        HISTORY: snapshot.feature_rows,
        "latest_store": snapshot.store_rows,
        "latest_product": snapshot.product_rows,
        PAIRS: snapshot.pair_rows,
    }
    for name, expected in recorded.items():
        source = history(connection, KEYS) if name == HISTORY else tables[name]
        rows = connection.scalar(select(func.count()).select_from(source)) or 0
        fault = f"{rows:,} rows, but the snapshot's record says {expected:,}" if rows != expected else None
        yield Check(f"{name}: rows", f"{rows:,}", fault or (None if rows else "the table is empty"))


def _check_features(connection: Connection, features: FromClause, snapshot: Published) -> Iterator[Check]:
    quantity, date = features.c.quantity, features.c.checkout_date
    query = select(func.max(date), func.coalesce(func.sum(case((quantity >= 1, 0), else_=1)), 0))
    last, bad = connection.execute(query).one()
    found = f"{snapshot.as_of_date}, last order {last}"
    early = last is None or snapshot.as_of_date <= last
    fault = f"{found}: it must be a day after the last order" if early else None
    yield Check("as-of date", found, fault)
    fault = f"{int(bad):,} rows have no quantity of at least 1" if bad else None
    yield Check("features: quantity", f"{int(bad):,} rows without a quantity of at least 1", fault)


def _check_history_pairs(connection: Connection, tables: Mapping[str, Table[Any]]) -> Check:
    features, pairs = history(connection, KEYS), tables[PAIRS]
    keys = SCOPES["store_product"]
    wanted = select(*(features.c[key] for key in keys)).distinct().subquery()
    return _missing(connection, f"features: pairs in {PAIRS}", wanted, pairs, keys)


def _check_keys(connection: Connection, tables: Mapping[str, Table[Any]], scope: str) -> Check:
    """Every group that a pair belongs to must have its row, or serving has no features of it."""
    keys = SCOPES[scope]
    pairs, stores, products = tables[PAIRS], tables["latest_store"], tables["latest_product"]
    source: dict[str, ColumnElement[Any]] = {key: pairs.c[key] for key in SCOPES["store_product"]}
    source |= {name: stores.c[name] for name in STORE_ATTRIBUTES}
    source |= {name: products.c[name] for name in PRODUCT_ATTRIBUTES}
    joined = pairs.outerjoin(stores, pairs.c.store_id == stores.c.store_id)
    joined = joined.outerjoin(products, pairs.c.product_id == products.c.product_id)
    wanted = (
        select(*(source[key].label(key) for key in keys))
        .select_from(joined)
        .where(*(source[key].is_not(None) for key in keys))
        .distinct()
        .subquery()
    )
    return _missing(connection, f"latest_{scope}: keys", wanted, tables[f"latest_{scope}"], keys)


def _missing(connection: Connection, name: str, wanted: Subquery, table: Table[Any], keys: tuple[str, ...]) -> Check:
    same = and_(*(wanted.c[key] == table.c[key] for key in keys))
    absent = table.c[keys[0]].is_(None)
    query = select(func.count(), func.coalesce(func.sum(case((absent, 1), else_=0)), 0))
    total, missing = connection.execute(query.select_from(wanted.outerjoin(table, same))).one()
    found = f"{int(missing):,} of {total:,} missing"
    fault = f"{int(missing):,} of {total:,} {' and '.join(keys)} have no row in {table.name}" if missing else None
    return Check(name, found, fault)
