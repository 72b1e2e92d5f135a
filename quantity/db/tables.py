"""The tables: raw orders and metadata, features, the latest state and the published snapshot.

Everything that a publisher replaces is built beside the live table, under the same name with a suffix, and
renamed into place; `replaced_tables` gives the same definitions for any suffix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)
from sqlalchemy.dialects.mysql import LONGBLOB

from quantity.features.definitions import (
    ATTRIBUTES,
    ATTRIBUTES_OF,
    CALENDAR,
    HISTORY_COLUMNS,
    SCOPES,
    columns_of,
)
from quantity.raw import MOST_KEY_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from quantity.features.transforms import Column as Feature

LABEL_LENGTH = 255
"""Longest tag, store type or store size, in characters."""

DERIVED_LABEL_LENGTH = LABEL_LENGTH + len("Other ")

DIGEST_LENGTH = 64
"""Of a digest, in hexadecimal digits (SHA-256)."""

NEXT, PREVIOUS, RETIRED = "__next", "__previous", "__retired"
"""Suffixes of the tables being built, of the snapshot before the published one, and of tables to drop."""

RAW = ("fact_order_items", "dim_product", "dim_store")
KEYS = {"store": "store_key", "product": "product_key"}
"""By kind, the tables of text ids, which are replaced with the raw tables."""

ORIGIN = "raw_origin"
"""One row: where the raw tables come from. It is replaced with them, or changed in one transaction with them."""

WITH_RAW = (*RAW, *KEYS.values(), ORIGIN)
"""The tables that are not a snapshot's: a rollback leaves them alone."""

POINTER = "published_snapshot"
LATEST = "latest_"
"""How the tables of the latest state begin."""

HISTORY = "features"
"""The history: a view of the tables of its parts, each of the orders of some days (`part_tables`)."""

PARTS = "feature_parts"
"""Which parts the history has, and which of their days it shows."""

ORDER_DAYS = "order_days"
"""What tells whether the order lines of a day are still those that a snapshot was computed from."""

PROPOSALS = "proposed_orders"
"""What the champion answers for many pairs, replaced as a whole by the run that asks it (`training.predict`)."""

SNAPSHOT = (HISTORY, PARTS, ORDER_DAYS, *(f"{LATEST}{scope}" for scope in SCOPES), POINTER)

# Labels that differ in case or accents only are different labels.
MYSQL: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
_IDS = {"store_id": Integer, "product_id": Integer}

control = MetaData()
snapshots = Table(
    "snapshots",
    control,
    Column("snapshot_id", Integer, primary_key=True, autoincrement=False),
    Column("as_of_date", Date, nullable=False),
    Column("created_at", DateTime, nullable=False, comment="UTC"),
    Column("run_id", String(LABEL_LENGTH), nullable=False),
    Column("order_rows", BigInteger, nullable=False),
    Column("feature_rows", BigInteger, nullable=False),
    Column("store_rows", BigInteger, nullable=False),
    Column("product_rows", BigInteger, nullable=False),
    Column("pair_rows", BigInteger, nullable=False),
    Column("source_digest", String(DIGEST_LENGTH)),
    Column("raw_digest", String(DIGEST_LENGTH)),
    Column("features_digest", String(DIGEST_LENGTH)),
    **MYSQL,
)
"""One row for each snapshot ever published; `published_snapshot` tells which one is live.

A new column is nullable and gets a migration (`training/publish/migrations`): readers and writers of other versions of
the project go on using the table.
"""


@cache
def replaced_tables(suffix: str = "") -> Mapping[str, Table[Any]]:
    """The tables that publishing replaces, by their plain name, as they are named with ``suffix``.

    They are the same objects each time: change a copy (`Table.to_metadata`).
    """
    metadata = MetaData()
    tables = {
        "fact_order_items": _fact_order_items(metadata, suffix),
        "dim_product": _dim_product(metadata, suffix),
        "dim_store": _dim_store(metadata, suffix),
        **{name: _text_ids(kind, metadata, suffix) for kind, name in KEYS.items()},
        ORIGIN: _raw_origin(metadata, suffix),
        HISTORY: _features(metadata, suffix),
        PARTS: _feature_parts(metadata, suffix),
        ORDER_DAYS: _order_days(metadata, suffix),
        POINTER: _published_snapshot(metadata, suffix),
        PROPOSALS: _proposed_orders(metadata, suffix),
    }
    latest = {f"latest_{scope}": _latest(scope, metadata, suffix) for scope in SCOPES}
    return MappingProxyType(tables | latest)


_PART = "_part_"
_HISTORY_PART, _ORDERS_PART, _TOTALS_PART = f"{HISTORY}{_PART}", f"packed_orders{_PART}", f"packed_totals{_PART}"


@dataclass(frozen=True)
class PartTables:
    """The tables of a part of the history: written once, and shared by the snapshots that show them.

    Attributes:
        history: its rows.
        orders: the orders that they are of, with what later orders' rows need to know of them, packed.
        totals: what these orders add up to, by scope, group and day, packed.
    """

    history: Table[Any]
    orders: Table[Any]
    totals: Table[Any]


def part_tables(number: int) -> PartTables:
    """The tables of the part of this number."""
    metadata = MetaData()
    names = Column("scope", String(LABEL_LENGTH), nullable=False), Column("name", String(LABEL_LENGTH), nullable=False)
    return PartTables(
        _features(metadata, f"{_PART}{number}"),
        _packed(f"{_ORDERS_PART}{number}", metadata),
        _packed(f"{_TOTALS_PART}{number}", metadata, *names),
    )


def _packed(name: str, metadata: MetaData, *named: Column[Any]) -> Table[Any]:
    content = LargeBinary().with_variant(LONGBLOB, "mysql", "mariadb")
    return Table(
        name,
        metadata,
        Column("piece", Integer, primary_key=True, autoincrement=False),
        *named,
        Column("content", content, nullable=False, comment="Arrow"),
        **MYSQL,
    )


def part_number(table: str) -> int | None:
    """The number of the part that a table is of, by its name; None: it is of none."""
    for prefix in (_HISTORY_PART, _ORDERS_PART, _TOTALS_PART):
        if table.startswith(prefix) and table.removeprefix(prefix).isdecimal():
            return int(table.removeprefix(prefix))
    return None


def _fact_order_items(metadata: MetaData, suffix: str) -> Table[Any]:
    table = Table(
        f"fact_order_items{suffix}",
        metadata,
        Column("line", BigInteger, primary_key=True, autoincrement=False, comment="place in the file, from 1"),
        Column("order_id", BigInteger, nullable=False),
        Column("store_id", Integer, nullable=False),
        Column("brand_id", BigInteger),
        Column("product_id", Integer, nullable=False),
        Column("product_variant_id", BigInteger, nullable=False),
        Column("quantity", Integer, nullable=False, comment="cases"),
        Column("variant_case_price_cents", BigInteger),
        Column("checkout_date", Date, nullable=False),
        **MYSQL,
    )
    Index(None, table.c.store_id, table.c.product_id, table.c.checkout_date)
    Index(None, table.c.checkout_date)
    return table


def _dim_product(metadata: MetaData, suffix: str) -> Table[Any]:
    return Table(
        f"dim_product{suffix}",
        metadata,
        Column("product_id", Integer, primary_key=True, autoincrement=False),
        Column("product_metadata", String(LABEL_LENGTH), primary_key=True, comment="a category tag"),
        **MYSQL,
    )


def _dim_store(metadata: MetaData, suffix: str) -> Table[Any]:
    return Table(
        f"dim_store{suffix}",
        metadata,
        Column("store_id", Integer, primary_key=True, autoincrement=False),
        Column("store_type", String(LABEL_LENGTH)),
        Column("region_id", String(LABEL_LENGTH), comment="a number or a name"),
        Column("store_size", String(LABEL_LENGTH)),
        **MYSQL,
    )


def _text_ids(kind: str, metadata: MetaData, suffix: str) -> Table[Any]:
    table = Table(
        f"{KEYS[kind]}{suffix}",
        metadata,
        Column(f"{kind}_id", Integer, primary_key=True, autoincrement=False, comment="its number in all other tables"),
        Column(KEYS[kind], String(MOST_KEY_CHARACTERS), nullable=False, comment="the id in the files"),
        **MYSQL,
    )
    Index(None, table.c[KEYS[kind]], unique=True)
    return table


def _raw_origin(metadata: MetaData, suffix: str) -> Table[Any]:
    return Table(
        f"{ORIGIN}{suffix}",
        metadata,
        Column("origin_id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
        Column("source_digest", String(DIGEST_LENGTH), comment="of the files that were loaded whole"),
        Column("appended_lines", BigInteger, nullable=False, comment="order lines added or changed since"),
        Column("merged_after", Integer, comment="the newest snapshot when lines came in that it does not know"),
        **MYSQL,
    )


def _features(metadata: MetaData, suffix: str) -> Table[Any]:
    table = Table(
        f"features{suffix}",
        metadata,
        Column("store_id", Integer, primary_key=True, autoincrement=False),
        Column("product_id", Integer, primary_key=True, autoincrement=False),
        Column("checkout_date", Date, primary_key=True),
        Column("quantity", Integer, nullable=False, comment="cases ordered that day: the target"),
        *(_feature(feature) for feature in HISTORY_COLUMNS + CALENDAR),
        *(_label(name) for name in ATTRIBUTES),
        sqlite_with_rowid=False,
        **MYSQL,
    )
    Index(None, table.c.checkout_date)
    return table


def _feature_parts(metadata: MetaData, suffix: str) -> Table[Any]:
    return Table(
        f"{PARTS}{suffix}",
        metadata,
        Column("part", Integer, primary_key=True, autoincrement=False),
        Column("first_day", Date, nullable=False, comment="of the rows that the history shows"),
        Column("end_day", Date, nullable=False, comment="the first day after them"),
        Column("feature_rows", BigInteger, nullable=False),
        **MYSQL,
    )


def _order_days(metadata: MetaData, suffix: str) -> Table[Any]:
    return Table(
        f"{ORDER_DAYS}{suffix}",
        metadata,
        Column("checkout_date", Date, primary_key=True),
        Column("order_lines", BigInteger, nullable=False),
        Column("checksum", BigInteger, nullable=False, comment="of what features read of them, in any order"),
        **MYSQL,
    )


def _latest(scope: str, metadata: MetaData, suffix: str) -> Table[Any]:
    attributes = ATTRIBUTES_OF.get(scope, ())
    return Table(
        f"latest_{scope}{suffix}",
        metadata,
        *(_key(name) for name in SCOPES[scope]),
        *(_feature(feature) for feature in columns_of(scope)),
        *(_label(name) for name in attributes),
        sqlite_with_rowid=False,
        **MYSQL,
    )


def _published_snapshot(metadata: MetaData, suffix: str) -> Table[Any]:
    return Table(
        f"{POINTER}{suffix}",
        metadata,
        Column("publication", String(32), primary_key=True, comment="new with every publish and rollback"),
        *(Column(c.name, c.type, nullable=c.nullable, comment=c.comment) for c in snapshots.c),
        **MYSQL,
    )


def _proposed_orders(metadata: MetaData, suffix: str) -> Table[Any]:
    return Table(
        f"{PROPOSALS}{suffix}",
        metadata,
        Column("checkout_date", Date, primary_key=True),
        Column("store_id", Integer, primary_key=True, autoincrement=False),
        Column("product_id", Integer, primary_key=True, autoincrement=False),
        Column("status", String(LABEL_LENGTH), nullable=False, comment="ok, or cold_start: never ordered together"),
        Column("quantity", Integer, nullable=False, comment="cases: added up, unbiased"),
        Column("typical", Integer, nullable=False, comment="cases: most often exactly right"),
        Column("low", Integer, nullable=False, comment="cases: four of five orders lie from low to high"),
        Column("high", Integer, nullable=False, comment="cases"),
        Column("as_of_date", Date, nullable=False, comment="the first day that the features do not know"),
        Column("snapshot_id", Integer, nullable=False),
        Column("model_version", String(LABEL_LENGTH), nullable=False),
        sqlite_with_rowid=False,
        **MYSQL,
    )


def _key(name: str) -> Column[Any]:
    kind = _IDS[name]() if name in _IDS else String(DERIVED_LABEL_LENGTH)
    return Column(name, kind, primary_key=True, autoincrement=False)


def _feature(feature: Feature) -> Column[Any]:
    return Column(feature.name, Integer() if feature.integer else Double())


def _label(name: str) -> Column[Any]:
    return Column(name, String(DERIVED_LABEL_LENGTH))
