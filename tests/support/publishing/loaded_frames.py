"""Frames of every kind of value, written by the bulk load and read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Column, Date, Double, Integer, MetaData, String, Table

from quantity.db.read import read_table
from training.publish.bulk_load import bulk_load

if TYPE_CHECKING:
    from sqlalchemy import Engine

TABLE = Table(
    "loaded",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Double),
    Column("cases", Integer),
    Column("region", BigInteger),
    Column("day", Date),
    Column("label", String(255)),
    mysql_charset="utf8mb4",
    mysql_collate="utf8mb4_bin",
)

LABELS = [
    "plain",
    "comma, semicolon; tab\t",
    'a "quoted" word, and a last "',
    '"',
    '""',
    "back\\slash \\n \\N \\",
    "it's",
    "two\nlines\r\nand more",
    "Käse, 寿司, 🧀",
    "NULL",
    "\\N",
    "nan",
    "None",
    "%s %(x)s :x @x",
    "a" * 255,
    "\N{CHEESE WEDGE}" * 255,
]
NUMBERS = [0.0, -0.0, 0.1, 1 / 3, 1e-300, 1e300, 123456789.123456789, -2.5]


def frame_of(labels: list[str | None]) -> pd.DataFrame:
    """A frame with these labels beside values of every other kind, each kind missing now and then."""
    n = len(labels)
    at = np.arange(n)
    days = np.datetime64("1900-01-01") + at * np.timedelta64(2741, "D")
    return pd.DataFrame(
        {
            "id": at,
            "number": np.where(at % 3 == 2, np.nan, np.take(NUMBERS, at, mode="wrap")),
            "cases": np.where(at % 4 == 3, np.nan, at - 5.0),
            "region": pd.array([None if i % 5 == 4 else 2**53 + 1 + i for i in range(n)], dtype="Int64"),
            "day": pd.Series(days.astype("datetime64[s]")).where(at % 7 != 6),
            "label": pd.array(labels, dtype="str"),
        }
    )


def load(engine: Engine, frame: pd.DataFrame) -> list[int]:
    """Insert the frame; the sizes of the chunks."""
    chunks: list[int] = []
    with bulk_load(engine, len(frame)) as loading:
        loading.insert(TABLE, frame, chunks.append)
    return chunks


def read_back(engine: Engine) -> pd.DataFrame:
    return read_table(engine, TABLE).sort_values("id", ignore_index=True)


def texts(column: pd.Series[str]) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in column]


def assert_same(read: pd.DataFrame, written: pd.DataFrame) -> None:
    assert list(read) == [column.name for column in TABLE.columns]
    for name in ("id", "number", "cases"):
        np.testing.assert_array_equal(read[name].to_numpy(np.float64), written[name].to_numpy(np.float64))
    assert read["region"].astype("Int64").tolist() == written["region"].tolist()
    assert read["day"].astype("datetime64[s]").equals(written["day"].astype("datetime64[s]"))
    assert texts(read["label"]) == texts(written["label"])
