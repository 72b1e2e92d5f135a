"""The features said again in SQL, which shares nothing with the kernels."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pandas as pd

from quantity.features.definitions import SCOPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from quantity.features.compute import FeatureSet
    from quantity.features.orders import Orders

RAW_COLUMNS = ("store_type", "region_id", "category", "sub_category")


def connect(orders: Orders, features: FeatureSet, measures: Mapping[str, Sequence[float]]) -> sqlite3.Connection:
    """A database with the summed orders, their attributes and (n,) measures of them in the table ``o``."""
    keys = features.history[["store_id", "product_id", *RAW_COLUMNS]]
    frame = keys.assign(day=orders.day, quantity=orders.quantity, price=orders.case_price_cents, **measures)
    database = sqlite3.connect(":memory:")
    frame.to_sql("o", database, index_label="i")
    return database


def column(database: sqlite3.Connection, query: str) -> pd.Series[float]:
    """The answer to a query for ``i`` and a value, by ``i``."""
    answer = pd.read_sql_query(query, database, index_col="i")
    return answer.iloc[:, 0].astype("float64").sort_index()


def _known(scope: str) -> str:
    return " AND ".join(f"{name} IS NOT NULL" for name in SCOPES[scope])


def _partition(scope: str) -> str:
    return ", ".join(SCOPES[scope])


def _same(scope: str) -> str:
    return " AND ".join(f"p.{name} = q.{name}" for name in SCOPES[scope])


def window(scope: str, aggregate: str, days: int) -> str:
    """An aggregate over the calendar days before the order's own."""
    return f"""
        SELECT i, CASE WHEN {_known(scope)} THEN {aggregate} OVER (
            PARTITION BY {_partition(scope)} ORDER BY day RANGE BETWEEN {days} PRECEDING AND 1 PRECEDING
        ) END FROM o"""


def before(scope: str, aggregate: str) -> str:
    """An aggregate over everything before the order's day."""
    return f"SELECT i, (SELECT {aggregate} FROM o p WHERE {_same(scope)} AND p.day < q.day) FROM o q"


def decayed(part: str, measure: str, scope: str, half_life: int) -> str:
    """The mean (``ewm``), number (``ewn``) or deviation (``ews``) of what lies before the order's day, by age.

    What lies ``half_life`` days back counts half. The scope ``all`` is that of every order.
    """
    known, same = ("1", "1") if scope == "all" else (_known(scope), _same(scope))
    answer = {
        "ewm": "SUM(weight * value) / SUM(weight)",
        "ewn": "COALESCE(SUM(weight), 0)",
        "ews": "SQRT(SUM(weight * (value - mean) * (value - mean)) / SUM(weight))",
    }[part]
    return f"""
        SELECT i, CASE WHEN {known} THEN (SELECT {answer} FROM (
            SELECT weight, value, SUM(weight * value) OVER () / SUM(weight) OVER () AS mean FROM (
                SELECT POWER(0.5, 1.0 * (q.day - p.day) / {half_life}) AS weight, p.{measure} AS value
                FROM o p WHERE {same} AND p.day < q.day
            )
        )) END FROM o q"""


def pair_lag(lag: int) -> str:
    """The k-th order back of the store and product."""
    return f"SELECT i, LAG(quantity, {lag}) OVER (PARTITION BY store_id, product_id ORDER BY day) FROM o"


def days_since_pair() -> str:
    """Days since the pair's last order."""
    return "SELECT i, day - LAG(day) OVER (PARTITION BY store_id, product_id ORDER BY day) FROM o"


def median_gap() -> str:
    """The lower median of the gaps between the pair's orders before the day."""
    gaps = "(SELECT *, day - LAG(day) OVER (PARTITION BY store_id, product_id ORDER BY day) AS gap FROM o)"
    return f"""
        SELECT i, (SELECT gap FROM (
            SELECT gap, ROW_NUMBER() OVER (ORDER BY gap) AS place, COUNT(*) OVER () AS n FROM {gaps} p
            WHERE {_same("store_product")} AND p.day < q.day AND gap IS NOT NULL
        ) WHERE place = (n + 1) / 2) FROM o q"""


def day_lag(measure: str, lag: int) -> str:
    """A measure of the store's k-th previous order day."""
    days = f"SELECT store_id, day, {measure} AS value FROM o GROUP BY store_id, day"
    lagged = f"SELECT store_id, day, LAG(value, {lag}) OVER (PARTITION BY store_id ORDER BY day) AS value FROM ({days})"
    return f"SELECT i, value FROM o JOIN ({lagged}) USING (store_id, day)"


def quartile(scope: str, percent: int) -> str:
    """The smallest quantity whose cumulative share reaches the level."""
    return f"""
        SELECT i, (SELECT quantity FROM (
            SELECT quantity, ROW_NUMBER() OVER (ORDER BY quantity) AS place, COUNT(*) OVER () AS n
            FROM o p WHERE {_same(scope)} AND p.day < q.day
        ) WHERE place = ({percent} * n + 99) / 100) FROM o q"""


def mode(scope: str, value: str) -> str:
    """The most frequent quantity, of equals the first to get there; or its frequency."""
    running = f"""
        SELECT *, COUNT(*) OVER (
            PARTITION BY {_partition(scope)}, quantity ORDER BY day ROWS UNBOUNDED PRECEDING
        ) AS frequency FROM o"""
    return f"""
        SELECT i, (SELECT {value} FROM ({running}) p WHERE {_same(scope)} AND p.day < q.day
                   ORDER BY frequency DESC, day, quantity LIMIT 1) FROM o q"""


def last_price(scope: str) -> str:
    """The price of the last order before the day; of several, of the largest, then the dearest."""
    return f"""
        SELECT i, (SELECT price FROM o p WHERE {_same(scope)} AND p.day < q.day
                   ORDER BY day DESC, quantity DESC, price DESC LIMIT 1) FROM o q"""


def calendar(part: str) -> str:
    """A part of the date."""
    return f"SELECT i, CAST(strftime('{part}', day * 86400, 'unixepoch') AS INTEGER) FROM o"
