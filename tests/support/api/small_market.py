"""A small market: generated orders, the features of two of its days, and two models that differ."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from api.serving.halves import ModelInMemory, SnapshotInMemory
from quantity.features.compute import FeatureSet, compute_features
from quantity.features.definitions import INPUTS
from quantity.features.entities import Entities, derive_entities
from quantity.features.orders import sum_order_lines
from quantity.model.estimator import QuantityModel
from quantity.online.compile import compile_model
from quantity.online.snapshot import Snapshot
from quantity.raw import RawTables
from quantity.versions import Published, RegisteredVersion

if TYPE_CHECKING:
    import numpy.typing as npt

    from quantity.online.compiled import CompiledModel

STORES = np.arange(1, 13)
PRODUCTS = np.arange(101, 131)
QUIET_STORE, QUIET_PRODUCT = 13, 131
"""They have metadata, and no orders."""
UNKNOWN_STORE, UNKNOWN_PRODUCT = 999, 9999
FIRST_DAY = np.datetime64("2024-01-01", "s")
DAYS, EARLY_DAYS = 120, 90
LINES = 1500


@cache
def raw_tables() -> RawTables:
    """Orders of 12 stores and 30 products over 120 days."""
    rng = np.random.default_rng(7)
    store_id = rng.choice(STORES, LINES)
    # Each store orders two thirds of the products: the other pairs are cold starts.
    product_id = PRODUCTS[(rng.integers(0, 20, LINES) + store_id) % len(PRODUCTS)]
    day = np.sort(rng.integers(0, DAYS, LINES))
    day[-1] = DAYS - 1
    items = pd.DataFrame(
        {
            "order_id": np.arange(LINES),
            "store_id": store_id,
            "brand_id": product_id % 5,
            "product_id": product_id,
            "product_variant_id": product_id * 10,
            "quantity": (1 + rng.poisson(product_id % 7)) * np.where(product_id % 3 == 0, 6, 1),
            "variant_case_price_cents": 100 + product_id,
            "checkout_date": FIRST_DAY + day * np.timedelta64(86_400, "s"),
        }
    )
    return RawTables(items, _tags(), _stores())


def _tags() -> pd.DataFrame:
    ids = np.append(PRODUCTS[1:], QUIET_PRODUCT)  # the first product has no metadata
    names = np.concatenate([np.take(["Drinks", "Snacks"], ids % 2), np.take(["Tea", "Nuts", "Water"], ids % 3)])
    return pd.DataFrame({"product_id": np.tile(ids, 2), "product_metadata": pd.Series(names, dtype="str")})


def _stores() -> pd.DataFrame:
    ids = np.append(STORES, QUIET_STORE)
    stores = pd.DataFrame(
        {
            "store_id": ids,
            "store_type": pd.Series(np.take(["Kiosk", "Market"], ids % 2), dtype="str"),
            "region_id": pd.Series(ids % 3, dtype="Int64"),
            "store_size": pd.Series(np.take(["S", "L"], ids // 2 % 2), dtype="str"),
        }
    )
    stores.loc[0, ["store_type", "region_id", "store_size"]] = None
    return stores


def entities() -> Entities:
    """Stores and products."""
    return derive_entities(raw_tables())


@cache
def feature_set(days: int = DAYS) -> FeatureSet:
    """The features of the first so many days' orders."""
    items = raw_tables().order_items
    known = items[items["checkout_date"] < FIRST_DAY + days * np.timedelta64(86_400, "s")]
    return compute_features(sum_order_lines(known), entities())


def features_on_next_day(store_id: npt.NDArray[np.int64], product_id: npt.NDArray[np.int64]) -> pd.DataFrame:
    """The history rows that orders of these pairs would have on the as-of date, in the pairs' order.

    Computed as training does: as if the orders were there.
    """
    as_of = pd.Timestamp(feature_set().as_of)
    orders = pd.DataFrame({"store_id": store_id, "product_id": product_id}).assign(
        checkout_date=as_of, quantity=1, variant_case_price_cents=1
    )
    items = pd.concat([raw_tables().order_items, orders])
    history = compute_features(sum_order_lines(items), entities()).history
    keyed = history[history["checkout_date"] == as_of].set_index(["store_id", "product_id"], drop=False)
    return keyed.loc[list(zip(store_id.tolist(), product_id.tolist(), strict=True))].reset_index(drop=True)


@cache
def model(seed: int = 0) -> QuantityModel:
    """A model; another seed makes one that answers otherwise."""
    history = feature_set().history.sort_values("checkout_date", kind="stable")
    with threadpool_limits(limits=1):
        return QuantityModel(
            max_iter=15, min_samples_leaf=5, upper_level=0.65 + 0.1 * seed, learning_rate=0.2, random_state=seed
        ).fit(history[list(INPUTS)], history["quantity"].to_numpy())


def run_of(version: str) -> str:
    """The run that logged a version."""
    return f"run-{version}"


def model_in_memory(version: str = "1", seed: int = 0) -> ModelInMemory:
    """A model as the registry's source gives it."""
    info = RegisteredVersion(
        "quantity", version, run_of(version), dt.datetime(2024, 5, 1, tzinfo=dt.UTC), {"wape": 0.5}
    )
    return ModelInMemory(info, _compiled(seed), dt.datetime.now(dt.UTC))


@cache
def _compiled(seed: int) -> CompiledModel:
    return compile_model(model(seed))


def snapshot_in_memory(publication: str = "a", days: int = DAYS) -> SnapshotInMemory:
    """A snapshot as the database's source gives it."""
    snapshot = _snapshot(days)
    return SnapshotInMemory(
        replace(snapshot, info=replace(snapshot.info, publication=publication)), dt.datetime.now(dt.UTC)
    )


@cache
def _snapshot(days: int) -> Snapshot:
    features = feature_set(days)
    info = Published(
        publication="",
        snapshot_id=days,
        as_of_date=features.as_of,
        created_at=dt.datetime(2024, 6, 1),  # noqa: DTZ001 - the database's is UTC without saying so
        run_id="test",
        order_rows=LINES,
        feature_rows=len(features.history),
        store_rows=len(features.latest["store"]),
        product_rows=len(features.latest["product"]),
        pair_rows=len(features.latest["store_product"]),
    )
    return Snapshot.build(info, features.latest)


@dataclass(frozen=True)
class Pairs:
    """Pairs of each kind."""

    ordered: list[tuple[int, int]]
    never_ordered: list[tuple[int, int]]


@cache
def pairs() -> Pairs:
    """All pairs of known stores and products, by whether they were ordered."""
    latest = feature_set().latest["store_product"]
    ordered = list(zip(latest["store_id"].tolist(), latest["product_id"].tolist(), strict=True))
    every = [(s, p) for s in [*STORES.tolist(), QUIET_STORE] for p in [*PRODUCTS.tolist(), QUIET_PRODUCT]]
    return Pairs(ordered, sorted(set(every) - set(ordered)))


def body_of(pairs: list[tuple[int, int]], **fields: object) -> dict[str, object]:
    """A request for these pairs."""
    return {"input": [{"store_id": store, "product_id": product} for store, product in pairs], **fields}
