"""The as-of kernels beside pandas, polars and DuckDB: the same 30-day averages, side by side in one run.

Run it with `make bench-features`; ``--rows`` sets the size of the generated data.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from rich.console import Console
from rich.table import Table

from quantity.ahead import in_order
from quantity.features.chunks import ChunkedOrders
from quantity.features.coarse.coarse_scopes import CoarseScopes
from quantity.features.coarse.lookup import Places
from quantity.features.coarse.sources import OrdersInMemory
from quantity.features.compute import compute_features
from quantity.features.definitions import SCOPES
from quantity.features.entities import derive_entities
from quantity.features.orders import Orders, sum_order_lines
from quantity.features.rows import chunk_columns
from quantity.features.stages import Stage
from quantity.features.transforms import WindowMean
from training.sample_data.grocery import load_grocery, weekly_orders
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from quantity.features.entities import Entities
    from quantity.raw import RawTables

DAYS = 30
ROUNDS = 3
PANDAS_ROWS = 20_000
"""pandas' rolling transform gets only so many rows; its time is scaled up to all of them."""

Averages = dict[str, np.ndarray]


def kernels(orders: Orders, entities: Entities) -> Averages:
    """Every scope's average by the project's kernels, from the summed orders to the filled columns."""
    chunked = ChunkedOrders(orders, entities)
    scopes = CoarseScopes(OrdersInMemory(chunked), [Stage(tuple(WindowMean(scope, DAYS) for scope in SCOPES), ())])
    scopes.compute([], lambda _: None)
    coarse = scopes.lookup
    pieces = list(in_order(lambda chunk: chunk_columns(chunk, coarse, Places(coarse, chunk)), chunked.chunks()))
    return {scope: np.concatenate([piece[f"avg_qty_{scope}_l{DAYS}d"] for piece in pieces]) for scope in SCOPES}


def with_polars(frame: pd.DataFrame) -> Averages:
    """The same by polars' rolling groups."""
    table = pl.from_pandas(frame).with_row_index("row").sort("day")
    averages = {}
    for scope, key in SCOPES.items():
        known = table.drop_nulls(list(key))
        window = known.rolling("day", period=f"{DAYS}i", offset=f"-{DAYS}i", closed="left", group_by=list(key))
        mean = window.agg(pl.col("quantity").mean().alias("mean"), pl.col("row").len().alias("n"))
        rows = known.sort([*key, "day"], maintain_order=True)["row"].to_numpy()
        column = np.full(len(frame), np.nan)
        column[rows] = mean.sort([*key, "day"], maintain_order=True)["mean"].to_numpy()
        averages[scope] = column
    return averages


def with_duckdb(frame: pd.DataFrame) -> Averages:
    """The same by DuckDB's RANGE windows, two threads."""
    database = duckdb.connect()
    database.execute("SET threads = 2")
    database.register("o", frame.assign(row=np.arange(len(frame))))
    averages = {}
    for scope, key in SCOPES.items():
        known = " AND ".join(f"{name} IS NOT NULL" for name in key)
        answer = database.execute(
            f"""SELECT row, AVG(quantity) OVER (PARTITION BY {", ".join(key)} ORDER BY day
                RANGE BETWEEN {DAYS} PRECEDING AND 1 PRECEDING) AS mean FROM o WHERE {known}"""
        ).fetchnumpy()
        column = np.full(len(frame), np.nan)
        column[np.asarray(answer["row"])] = np.ma.filled(np.ma.asarray(answer["mean"], dtype=np.float64), np.nan)
        averages[scope] = column
    database.close()
    return averages


def with_pandas(frame: pd.DataFrame) -> Averages:
    """The same by a rolling transform of each group."""
    dated = frame.assign(date=pd.to_datetime(frame["day"], unit="D")).sort_values("date")
    averages = {}
    for scope, key in SCOPES.items():
        rolled = dated.groupby(list(key), group_keys=False)[["date", "quantity"]].apply(
            lambda group: group.rolling(f"{DAYS}D", on="date", closed="left")["quantity"].mean()
        )
        averages[scope] = rolled.reindex(frame.index).to_numpy()
    return averages


def seconds(task: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, help="generated order lines (default: the real weekly orders)")
    rows = parser.parse_args().rows
    raw = synthetic_tables(rows) if rows else weekly_orders(load_grocery())
    orders, entities = sum_order_lines(raw.order_items), derive_entities(raw)
    print_table(orders, entities, raw)


def labelled(orders: Orders, entities: Entities) -> pd.DataFrame:
    """The orders with the attributes that the scopes group by."""
    frame = pd.DataFrame(
        {"store_id": orders.store_id, "product_id": orders.product_id, "day": orders.day, "quantity": orders.quantity}
    )
    merged = frame.merge(entities.stores, on="store_id", how="left")
    return merged.merge(entities.products, on="product_id", how="left")


def print_table(orders: Orders, entities: Entities, raw: RawTables) -> None:
    """Rounds of each contender in turn, medians and ratios."""
    frame = labelled(orders, entities)
    contenders: dict[str, Callable[[], Averages]] = {
        "this project's kernels": lambda: kernels(orders, entities),
        "polars, group_by rolling": lambda: with_polars(frame),
        "DuckDB, RANGE window": lambda: with_duckdb(frame),
    }
    expected = kernels(orders, entities)
    for name, task in contenders.items():
        for scope, column in task().items():
            np.testing.assert_allclose(
                column, expected[scope], rtol=float(np.finfo(np.float32).eps), err_msg=f"{name}, {scope}"
            )
    timings: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, task in contenders.items():
            timings[name].append(seconds(task))
    few = frame.head(PANDAS_ROWS)
    timings["pandas, groupby rolling (scaled up)"] = [seconds(lambda: with_pandas(few)) * len(frame) / len(few)]
    base = statistics.median(timings["this project's kernels"])
    table = Table("nine 30-day averages", "seconds (median)", "spread", "ratio", title=f"{len(orders):,} orders")
    for name, values in timings.items():
        median = statistics.median(values)
        table.add_row(name, f"{median:.2f}", f"{min(values):.2f} to {max(values):.2f}", f"{median / base:.1f}")
    console = Console(width=110)
    console.print(table)
    began = time.perf_counter()
    features = compute_features(sum_order_lines(raw.order_items), derive_entities(raw))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    console.print(
        f"all {features.history.shape[1] - 4} features with the latest state: {time.perf_counter() - began:.1f} s; "
        f"peak memory of this process {peak:,} MiB"
    )


if __name__ == "__main__":
    main()
