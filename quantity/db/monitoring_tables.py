"""The loop's tables: what was answered, what came of it, and which version answers.

None of them is replaced by publishing; all are control tables, made and migrated by
`training.publish.control_tables`. Sums are additive: any window, version or kind of answer is a sum of rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Double, Index, Integer, String, Table

from quantity.db.tables import DERIVED_LABEL_LENGTH, LABEL_LENGTH, MYSQL, control

SEGMENT_TIME_SHIFT = 20
"""A segment's id is the time of its beginning, in milliseconds since 1970-01-01 (UTC), before so many random bits."""

REQUEST_ID_LENGTH = 128
VERSION_LENGTH = 32
STATUS_LENGTH = 16
REASON_LENGTH = 1000

ASKED, REPLAYED = "asked", "replayed"
"""Where an outcome's answer comes from: the prediction log, or a replay of orders that nobody need have asked about."""

BASELINE_PREFIXES = {
    "last order": "last_order",
    "median of the pair": "pair_median",
    "product mean": "product_mean",
}
"""By the name of a baseline (`quantity.model.baselines.BASELINES`), how its columns begin."""

ERROR_SUMS = ("sum_abs_error", "sum_error", "hits")
"""Columns of the model, and with a prefix of each baseline: cases, cases (answered minus ordered), orders."""

SUMS: tuple[str, ...] = (
    "predicted",
    "orders",
    "sum_quantity",
    *ERROR_SUMS,
    "covered",
    "sum_range_width",
    "typical_sum_abs_error",
    "typical_hits",
    *(f"{prefix}_{name}" for prefix in BASELINE_PREFIXES.values() for name in ERROR_SUMS),
)
"""The columns of sums: whole numbers, but for errors of baselines, which need not be whole.

`predicted` counts answered pairs, whether they were ordered or not; all others are over those that were ordered.
"""

predictions = Table(
    "predictions",
    control,
    Column("segment_id", BigInteger, primary_key=True, autoincrement=False, comment="rises with time"),
    Column("line", Integer, primary_key=True, autoincrement=False, comment="place in the segment, from 0"),
    Column("predicted_at", DateTime, nullable=False, comment="UTC"),
    Column("request_id", String(REQUEST_ID_LENGTH), nullable=False),
    Column("store_id", Integer, comment="NULL: asked by a text that no store was ever called by"),
    Column("product_id", Integer, comment="likewise"),
    Column("checkout_date", Date, nullable=False),
    Column("as_of_date", Date, nullable=False),
    Column("snapshot_id", Integer, nullable=False),
    Column("model_version", String(VERSION_LENGTH), nullable=False),
    Column("model_alias", String(LABEL_LENGTH), nullable=False),
    Column("status", String(STATUS_LENGTH), nullable=False),
    Column("quantity", Integer, comment="cases; NULL where the store or the product is unknown"),
    Column("typical", Integer),
    Column("low", Integer),
    Column("high", Integer),
    Column("shown", Boolean, nullable=False, comment="whether whoever orders saw the answer"),
    sqlite_with_rowid=False,
    **MYSQL,
)
"""The prediction log: one row for each answered pair. The service inserts; training reads and prunes."""

Index("ix_predictions_checkout_date", predictions.c.checkout_date)


def _outcome_keys() -> list[Column[Any]]:
    return [
        Column("day", Date, primary_key=True, comment="checkout date"),
        Column("source", String(STATUS_LENGTH), primary_key=True, comment=f"{ASKED} or {REPLAYED}"),
        Column("model_version", String(VERSION_LENGTH), primary_key=True),
        Column("shown", Boolean, primary_key=True),
    ]


def _sums() -> list[Column[Any]]:
    return [Column(name, Double if _is_of_a_baseline(name) else BigInteger, nullable=False) for name in SUMS]


def _is_of_a_baseline(name: str) -> bool:
    return name.startswith(tuple(BASELINE_PREFIXES.values())) and not name.endswith("hits")


prediction_outcomes = Table(
    "prediction_outcomes",
    control,
    *_outcome_keys(),
    Column("status", String(STATUS_LENGTH), primary_key=True),
    Column("history", String(STATUS_LENGTH), primary_key=True, comment="of quantity.model.history.HISTORY_LENGTHS"),
    Column("category", String(DERIVED_LABEL_LENGTH), primary_key=True, comment="empty where unknown"),
    *_sums(),
    **MYSQL,
)
"""What came of the answers, by kind."""

store_outcomes = Table(
    "store_outcomes",
    control,
    *_outcome_keys(),
    Column("store_id", Integer, primary_key=True, autoincrement=False),
    *_sums(),
    **MYSQL,
)
"""The same by store."""

scored_days = Table(
    "scored_days",
    control,
    *_outcome_keys()[:3],
    Column("orders", BigInteger, nullable=False, comment="all of the day, when it was scored"),
    Column("cases", BigInteger, nullable=False, comment="likewise"),
    Column("answers", BigInteger, nullable=False, comment="logged for the day and the version; 0 for a replay"),
    Column("scored_at", DateTime, nullable=False, comment="UTC"),
    Column("checksum", BigInteger, comment="of the day's orders: which pairs ordered how many"),
    **MYSQL,
)
"""What each scored day was scored from: a day is scored again when this has changed."""

feature_drift = Table(
    "feature_drift",
    control,
    Column("as_of_date", Date, primary_key=True, comment="of the snapshot that was looked at"),
    Column("population", String(STATUS_LENGTH), primary_key=True, comment="asked or latest"),
    Column("model_version", String(VERSION_LENGTH), primary_key=True, comment="whose training is the reference"),
    Column("feature", String(64), primary_key=True),
    Column("stability_index", Double, nullable=False, comment="population stability index"),
    Column("missing", Double, nullable=False, comment="share of missing values"),
    Column("reference_missing", Double, nullable=False, comment="that of the reference"),
    Column("pairs", Integer, nullable=False, comment="how many were looked at"),
    Column("compared_at", DateTime, nullable=False, comment="UTC"),
    **MYSQL,
)
"""How far the features of a population are from those that the model was trained on."""

prediction_skew = Table(
    "prediction_skew",
    control,
    Column("day", Date, primary_key=True, comment="checkout date"),
    Column("model_version", String(VERSION_LENGTH), primary_key=True),
    Column("compared", Integer, nullable=False, comment="logged answers that were computed again"),
    Column("same", Integer, nullable=False),
    Column("horizon", Integer, nullable=False, comment="differ only by what was ordered since the answer's as-of date"),
    Column("differing", Integer, nullable=False, comment="differ, and nothing explains it"),
    Column("compared_at", DateTime, nullable=False, comment="UTC"),
    **MYSQL,
)
"""Whether logged answers are those that the training side gives for the same day."""

promotions = Table(
    "promotions",
    control,
    Column("promotion_id", Integer, primary_key=True, comment="from 1"),
    Column("promoted_at", DateTime, nullable=False, comment="UTC"),
    Column("model_name", String(LABEL_LENGTH), nullable=False),
    Column("model_alias", String(LABEL_LENGTH), nullable=False),
    Column("from_version", String(VERSION_LENGTH), comment="NULL: there was none"),
    Column("to_version", String(VERSION_LENGTH), nullable=False),
    Column("run_id", String(LABEL_LENGTH), nullable=False, comment="MLflow's run of the version"),
    Column("promoted_by", String(LABEL_LENGTH), nullable=False, comment="training, or by hand"),
    Column("reason", String(REASON_LENGTH), nullable=False),
    Column("orders", Integer, comment="that both versions answered"),
    Column("improvement", Double, comment="of the score (WAPE + |bias|), positive is better; NULL: not compared"),
    Column("improvement_low", Double, comment="lower end of its interval"),
    Column("improvement_high", Double, comment="upper end"),
    Column("level", Double, comment="of the interval, between 0 and 1"),
    **MYSQL,
)
"""The audit trail: each time that the alias moved."""
