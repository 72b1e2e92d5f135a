"""The outcomes of logged answers said again in SQL, which shares nothing with the program but the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from quantity.db.monitoring_tables import SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

KIND = ("day", "model_version", "shown", "status", "history", "category")
STORE = ("day", "model_version", "shown", "store_id")

_LAST = """
SELECT * FROM (
    SELECT p.*, ROW_NUMBER() OVER (
        PARTITION BY store_id, product_id, checkout_date, model_version, shown
        ORDER BY predicted_at DESC, segment_id DESC, line DESC
    ) AS place
    FROM predictions p
    WHERE store_id IS NOT NULL AND product_id IS NOT NULL AND quantity IS NOT NULL
      AND as_of_date <= checkout_date AND checkout_date < (SELECT as_of_date FROM published_snapshot)
) ranked WHERE place = 1
"""

_EARLIER = """
(SELECT COUNT(*) FROM features e
 WHERE e.store_id = l.store_id AND e.product_id = l.product_id AND e.checkout_date < l.checkout_date)
"""

_BASELINES = {
    "last_order": "COALESCE(f.qty_store_product_lag_1, f.qty_q50_product, f.qty_q50_store, 1)",
    "pair_median": "COALESCE(f.qty_q50_store_product, f.qty_q50_product, f.qty_q50_store, 1)",
    "product_mean": "COALESCE(f.avg_qty_product_l30d, f.qty_q50_product, f.qty_q50_store, 1)",
}

_ANSWERS = f"""
SELECT l.checkout_date AS day, l.model_version, l.shown, l.status, l.store_id,
       l.quantity AS answer, l.typical, l.low, l.high, f.quantity AS y,
       COALESCE((SELECT category FROM latest_product c WHERE c.product_id = l.product_id), '') AS category,
       CASE WHEN {_EARLIER} = 0 THEN 'none' WHEN {_EARLIER} < 5 THEN 'thin' ELSE 'rich' END AS history,
       {", ".join(f"{formula} AS {name}" for name, formula in _BASELINES.items())}
FROM ({_LAST}) l
LEFT JOIN features f
  ON f.store_id = l.store_id AND f.product_id = l.product_id AND f.checkout_date = l.checkout_date
"""


def _errors(prefix: str, answer: str) -> list[str]:
    # A half rounds to the even number, as NumPy's does.
    hit = f"ABS({answer} - y) < 0.5 OR (ABS({answer} - y) = 0.5 AND y % 2 = 0)"
    return [
        f"COALESCE(SUM(ABS({answer} - y)), 0) AS {prefix}sum_abs_error",
        f"COALESCE(SUM({answer} - y), 0) AS {prefix}sum_error",
        f"SUM(CASE WHEN {hit} THEN 1 ELSE 0 END) AS {prefix}hits",
    ]


_SUMS = [
    "COUNT(*) AS predicted",
    "COUNT(y) AS orders",
    "COALESCE(SUM(y), 0) AS sum_quantity",
    *_errors("", "answer"),
    "SUM(CASE WHEN y BETWEEN low AND high THEN 1 ELSE 0 END) AS covered",
    "COALESCE(SUM(CASE WHEN y IS NOT NULL THEN high - low END), 0) AS sum_range_width",
    "COALESCE(SUM(ABS(typical - y)), 0) AS typical_sum_abs_error",
    "SUM(CASE WHEN typical = y THEN 1 ELSE 0 END) AS typical_hits",
    *(expression for name in _BASELINES for expression in _errors(f"{name}_", name)),
]

Sums = dict[tuple[Any, ...], dict[str, float]]


def expected(engine: Engine, keys: Sequence[str]) -> Sums:
    """The sums of the whole log by the keys."""
    names = ", ".join(keys)
    return _sums(engine, f"SELECT {names}, {', '.join(_SUMS)} FROM ({_ANSWERS}) a GROUP BY {names}", keys)


def written(engine: Engine, table: str, keys: Sequence[str], source: str = "asked") -> Sums:
    """The sums in a table of outcomes."""
    return _sums(engine, f"SELECT * FROM {table} WHERE source = '{source}'", keys)


def _sums(engine: Engine, query: str, keys: Sequence[str]) -> Sums:
    with engine.connect() as connection:
        rows = connection.execute(text(query)).mappings().all()
    found = {
        tuple(str(row[name]) for name in keys): {name: round(float(row[name]), 6) for name in SUMS} for row in rows
    }
    assert len(found) == len(rows)
    return found
