"""SQL that the panels have in common: which outcomes are meant, over which days, and what is made of their sums.

`$source`, `$version`, `$days` and `$shift` are the dashboard's variables, `$__timeFrom()` and `$__timeTo()` Grafana's
macros. Everything runs on MySQL 8 and MariaDB alike.
"""

import re
from typing import Final

from targets import Sql

OUTCOMES: Final = "prediction_outcomes"
STORE_OUTCOMES: Final = "store_outcomes"
BASELINES: Final = ("last_order_", "pair_median_", "product_mean_")
"""How the baselines' columns begin (`quantity.db.monitoring_tables.BASELINE_PREFIXES`)."""

VERSIONS: Final = "model_version REGEXP '^(${version:pipe})$'"
CHOSEN: Final = f"source = '$source' AND {VERSIONS}"
WINDOW: Final = "day > (SELECT MAX(day) FROM scored_days WHERE source = '$source') - INTERVAL $days DAY"
"""The last days that were scored: historic data has such days too."""

MEANT: Final = "CAST({day} + INTERVAL $shift DAY AS DATETIME)"
"""A day's place on the time axis."""

_SUM: Final = re.compile(r"SUM\((\w+)\)")


def shown(day: str, before: int = 0) -> str:
    """Select the rows of the time range, and of so many days before it."""
    start = f"DATE($__timeFrom()) - INTERVAL ($shift + {before}) DAY"
    return f"{day} BETWEEN {start} AND DATE($__timeTo()) - INTERVAL $shift DAY"


def ratio(part: str, whole: str) -> str:
    """Return a quotient, NULL without a whole; in floats, for MySQL divides whole numbers to four digits only."""
    return f"1e0 * {part} / NULLIF({whole}, 0)"


def per_order(column: str) -> str:
    """Return a sum as a mean of the orders, or a count as a share of them."""
    return ratio(f"SUM({column})", "SUM(orders)")


def per_case(column: str) -> str:
    """Return a sum as a share of the cases ordered."""
    return ratio(f"SUM({column})", "SUM(sum_quantity)")


def score(prefix: str = "") -> str:
    """WAPE + |bias| (`quantity.model.metrics.score`), of a baseline by its prefix."""
    return ratio(f"(SUM({prefix}sum_abs_error) + ABS(SUM({prefix}sum_error)))", "SUM(sum_quantity)")


BEST_BASELINE: Final = f"LEAST({', '.join(score(prefix) for prefix in BASELINES)})"


def rolling(value: str, days: int, where: str = CHOSEN) -> Sql:
    """Return a value of sums over so many days up to each, one series a version."""
    return _rolling(value, days, where, "model_version", "CONCAT('version ', model_version)")


def rolling_together(value: str, days: int, name: str) -> Sql:
    """Return the same as one series of this name, the orders of all versions together."""
    return _rolling(value, days, CHOSEN, "''", f"'{name}'")


def _rolling(value: str, days: int, where: str, each: str, metric: str) -> Sql:
    columns = sorted(set(_SUM.findall(value)))
    sums = ", ".join(f"SUM({column}) AS {column}" for column in columns)
    over = _SUM.sub(r"SUM(\1) OVER latest", value)
    # By the number of the day: MariaDB knows no frames of intervals.
    frame = f"RANGE BETWEEN {days - 1} PRECEDING AND CURRENT ROW"
    return Sql(
        f"WITH daily AS (SELECT day, {each} AS model_version, {sums} FROM {OUTCOMES}"
        f" WHERE {where} AND {shown('day', before=days - 1)} GROUP BY 1, 2)\n"
        f"SELECT {MEANT.format(day='day')} AS time, {metric} AS metric, {over} AS value FROM daily\n"
        f"WINDOW latest AS (PARTITION BY model_version ORDER BY TO_DAYS(day) {frame})\n"
        "ORDER BY time, metric"
    )
