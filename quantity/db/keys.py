"""Text ids and their numbers, as published beside the raw tables; a database of earlier versions has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, select

from quantity.db.tables import KEYS, replaced_tables
from quantity.raw import Keys, no_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from sqlalchemy import Engine


def read_key_tables(engine: Engine) -> dict[str, pd.DataFrame]:
    """By kind (``store``, ``product``), the rows of its key table: the id and the key.

    Publications only add rows: keys read after a snapshot hold those of the snapshot, whatever was published meanwhile.

    Raises:
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    # Frames take a second to import; the text of a few ids is told without them.
    from quantity.db.read import read_table  # noqa: PLC0415

    tables, inspector = replaced_tables(), inspect(engine)
    return {
        kind: read_table(engine, tables[name]) if inspector.has_table(name) else no_keys(kind)
        for kind, name in KEYS.items()
    }


def read_keys(engine: Engine) -> Keys:
    """The numbers that text ids have got so far.

    Raises:
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    numbers = {
        kind: dict(zip(frame[f"{kind}_key"].tolist(), frame[f"{kind}_id"].tolist(), strict=True))
        for kind, frame in read_key_tables(engine).items()
    }
    return Keys(numbers["store"], numbers["product"])


def named_as_in_the_files(engine: Engine, pairs: Iterable[Mapping[str, int]]) -> list[dict[str, int | str]]:
    """A request's pairs, each store and product by its text id (``store``, ``product``) where it has one.

    Args:
        engine: the database.
        pairs: ``store_id`` and ``product_id`` of each.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    asked = [dict(pair) for pair in pairs]
    texts = {kind: _texts_of(engine, kind, {pair[f"{kind}_id"] for pair in asked}) for kind in KEYS}
    return [dict(_name(kind, pair[f"{kind}_id"], texts[kind]) for kind in KEYS) for pair in asked]


def _name(kind: str, number: int, texts: Mapping[int, str]) -> tuple[str, int | str]:
    return (kind, texts[number]) if number in texts else (f"{kind}_id", number)


def _texts_of(engine: Engine, kind: str, numbers: Iterable[int]) -> dict[int, str]:
    table = replaced_tables()[KEYS[kind]]
    number, text = table.c[f"{kind}_id"], table.c[f"{kind}_key"]
    with engine.connect() as connection:
        if not inspect(connection).has_table(table.name):
            return {}
        rows = connection.execute(select(number, text).where(number.in_(sorted(numbers))))
        return {row[0]: row[1] for row in rows}
