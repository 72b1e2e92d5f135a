"""The orders of all order lines, in buckets, and what is known of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812 - its usual name

from quantity.features.orders import ToldPrices, orders_as_told
from training.spark.chunks import ORDERS_SCHEMA, arrow_of, whole_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from pyspark.sql import DataFrame

LINES_OF_BUCKET = 500_000
"""About so many order lines are in a bucket; workers pass through it, and need not hold it."""

KEY = ("store_id", "product_id")

ORDERS_DDL = ", ".join(f"{field.name} {'double' if field.type == pa.float64() else 'long'}" for field in ORDERS_SCHEMA)
"""`ORDERS_SCHEMA` in Spark's words."""


@dataclass(frozen=True)
class BucketedOrders:
    """All orders.

    Attributes:
        rows: as of `ORDERS_SCHEMA`, whole pairs in a partition, sorted by store, product and day.
        count: how many.
        days: the first day, and how many there are to the last.
        told: the prices that they tell; None: every order's own lines tell one.
    """

    rows: DataFrame
    count: int
    days: tuple[int, int]
    told: ToldPrices | None


def bucketed(lines: DataFrame, count: int) -> BucketedOrders:
    """Sum up order lines.

    Args:
        lines: ``store_id``, ``product_id``, ``checkout_date``, ``quantity`` and ``variant_case_price_cents``, which
            may be null; at least one.
        count: how many.
    """
    buckets = max(lines.sparkSession.sparkContext.defaultParallelism, -(-count // LINES_OF_BUCKET))
    # As many for what is merged.
    lines.sparkSession.conf.set("spark.sql.shuffle.partitions", buckets)
    sorted_lines = lines.repartition(buckets, *KEY).sortWithinPartitions(*KEY, "checkout_date")
    rows = sorted_lines.mapInArrow(_summed, ORDERS_DDL).persist()
    day, price = F.col("day"), F.col("case_price_cents")
    ((orders, first, last, unknown),) = rows.agg(
        F.count("*"), F.min(day), F.max(day), F.count_if(price.isNull())
    ).collect()
    return BucketedOrders(rows, orders, (first, last - first + 1), _told_prices(rows) if unknown else None)


def _summed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for rows in whole_pairs(batches):
        at = rows.schema.get_field_index("checkout_date")
        items = rows.set_column(at, "checkout_date", rows["checkout_date"].cast(pa.timestamp("s"))).to_pandas()
        yield arrow_of(orders_as_told(items))


def _told_prices(rows: DataFrame) -> ToldPrices:
    """The prices of products of which an order tells none."""
    price = F.col("case_price_cents")
    asked = rows.where(price.isNull()).select("product_id").distinct()
    last = F.max_by(price, "store_id").alias("cents")
    told = rows.where(price.isNotNull()).join(asked, "product_id", "left_semi").groupBy("product_id", "day").agg(last)
    table = told.toArrow().sort_by([("product_id", "ascending"), ("day", "ascending")])
    return ToldPrices(*(table[name].to_numpy() for name in ("product_id", "day", "cents")))


def days_of(lines: DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The days that have order lines, and how many."""
    table = lines.groupBy("checkout_date").count().sort("checkout_date").toArrow()
    return table["checkout_date"].to_numpy().astype("datetime64[D]"), table["count"].to_numpy()


def ids_of(lines: DataFrame, name: str) -> np.ndarray:
    """The ids of stores or products that have order lines."""
    ids: np.ndarray = lines.select(name).distinct().toArrow()[name].to_numpy()
    return ids
