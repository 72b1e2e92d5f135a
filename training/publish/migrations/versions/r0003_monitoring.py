"""The loop: the prediction log, outcomes, drift, skew and promotions."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Integer, String, inspect

revision, down_revision = "0003", "0002"

_WHOLE = (
    *("predicted", "orders", "sum_quantity", "sum_abs_error", "sum_error", "hits", "covered", "sum_range_width"),
    *("typical_sum_abs_error", "typical_hits", "last_order_hits", "pair_median_hits", "product_mean_hits"),
)
_FRACTIONAL = tuple(
    f"{baseline}_{name}"
    for baseline in ("last_order", "pair_median", "product_mean")
    for name in ("sum_abs_error", "sum_error")
)


def upgrade() -> None:
    """Make the tables; a run that died half-way has left some of them."""
    _predictions()
    _outcomes()
    _comparisons()
    _promotions()


def _predictions() -> None:
    _create(
        "predictions",
        Column("segment_id", BigInteger, primary_key=True, autoincrement=False),
        Column("line", Integer, primary_key=True, autoincrement=False),
        _needed("predicted_at", DateTime),
        _needed("request_id", String(128)),
        Column("store_id", Integer),
        Column("product_id", Integer),
        _needed("checkout_date", Date),
        _needed("as_of_date", Date),
        _needed("snapshot_id", Integer),
        _needed("model_version", String(32)),
        _needed("model_alias", String(255)),
        _needed("status", String(16)),
        *(Column(name, Integer) for name in ("quantity", "typical", "low", "high")),
        _needed("shown", Boolean),
        sqlite_with_rowid=False,
    )
    indexes = {index["name"] for index in inspect(op.get_bind()).get_indexes("predictions")}
    if "ix_predictions_checkout_date" not in indexes:
        op.create_index("ix_predictions_checkout_date", "predictions", ["checkout_date"])


def _outcomes() -> None:
    kind = (_key("status", String(16)), _key("history", String(16)), _key("category", String(261)))
    _create("prediction_outcomes", *_outcome_keys(), _key("shown", Boolean), *kind, *_sums())
    store = Column("store_id", Integer, primary_key=True, autoincrement=False)
    _create("store_outcomes", *_outcome_keys(), _key("shown", Boolean), store, *_sums())
    counts = (_needed(name, BigInteger) for name in ("orders", "cases", "answers"))
    _create("scored_days", *_outcome_keys(), *counts, _needed("scored_at", DateTime))


def _comparisons() -> None:
    _create(
        "feature_drift",
        _key("as_of_date", Date),
        _key("population", String(16)),
        _key("model_version", String(32)),
        _key("feature", String(64)),
        *(_needed(name, Double) for name in ("stability_index", "missing", "reference_missing")),
        _needed("pairs", Integer),
        _needed("compared_at", DateTime),
    )
    _create(
        "prediction_skew",
        _key("day", Date),
        _key("model_version", String(32)),
        *(_needed(name, Integer) for name in ("compared", "same", "horizon", "differing")),
        _needed("compared_at", DateTime),
    )


def _promotions() -> None:
    _create(
        "promotions",
        Column("promotion_id", Integer, primary_key=True),
        _needed("promoted_at", DateTime),
        _needed("model_name", String(255)),
        _needed("model_alias", String(255)),
        Column("from_version", String(32)),
        _needed("to_version", String(32)),
        _needed("run_id", String(255)),
        _needed("promoted_by", String(255)),
        _needed("reason", String(1000)),
        Column("orders", Integer),
        *(Column(name, Double) for name in ("improvement", "improvement_low", "improvement_high", "level")),
    )


def _outcome_keys() -> list[Column[Any]]:
    return [_key("day", Date), _key("source", String(16)), _key("model_version", String(32))]


def _sums() -> list[Column[Any]]:
    return [_needed(name, BigInteger) for name in _WHOLE] + [_needed(name, Double) for name in _FRACTIONAL]


def _key(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, primary_key=True)


def _needed(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _create(name: str, *columns: Column[Any], **options: Any) -> None:
    if inspect(op.get_bind()).has_table(name):
        return
    op.create_table(
        name,
        *columns,
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
        **options,
    )
