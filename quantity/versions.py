"""What a model version and a features snapshot are called and say of themselves."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - what reads these from files looks the types up
from dataclasses import dataclass


@dataclass(frozen=True)
class RegisteredVersion:
    """A version of the model in the registry.

    Attributes:
        name: the registered model's name.
        version: the version's number.
        run_id: the training run that logged it.
        trained_at: when that run started (UTC).
        metrics: what that run measured.
    """

    name: str
    version: str
    run_id: str
    trained_at: dt.datetime
    metrics: dict[str, float]


@dataclass(frozen=True)
class Published:
    """A published snapshot.

    Attributes:
        publication: changes with every publish and rollback, and never comes back.
        snapshot_id: number of the snapshot; a rollback brings an earlier one back.
        as_of_date: the features use orders strictly before it.
        created_at: when it was computed (UTC).
        run_id: the run that computed it.
        order_rows, feature_rows, store_rows, product_rows, pair_rows: row counts.
        source_digest: changes with the files that the raw tables were loaded from whole, and with the settings of
            their reading, not with lines that were appended since; None where the raw tables were not, or no longer
            are, those of files.
        raw_digest: changes with the content of the raw tables.
        features_digest: changes with the declared features; see `quantity.features.feature_list`.

    The digests are None in what earlier versions of the project published.
    """

    publication: str
    snapshot_id: int
    as_of_date: dt.date
    created_at: dt.datetime
    run_id: str
    order_rows: int
    feature_rows: int
    store_rows: int
    product_rows: int
    pair_rows: int
    source_digest: str | None = None
    raw_digest: str | None = None
    features_digest: str | None = None
