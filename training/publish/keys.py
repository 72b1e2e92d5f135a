"""The numbers of text ids outlive the files: a publication adds to them and takes none away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from quantity.db.keys import read_key_tables
from quantity.db.tables import KEYS

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.raw import RawTables


def merged_keys(engine: Engine, raw: RawTables) -> dict[str, pd.DataFrame]:
    """By table, the keys that were ever published, and those of new raw tables.

    A text with two numbers, or a number with two texts, does not fit the table: writing it fails.

    Raises:
        DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    added = {"store": raw.store_keys, "product": raw.product_keys}
    return {
        KEYS[kind]: pd.concat([before, added[kind]], ignore_index=True).drop_duplicates(ignore_index=True)
        for kind, before in read_key_tables(engine).items()
    }
