"""Asks Feast, in Feast's environment: of each folder that the input names, what the file ``question.txt`` in it says.

Frames come and go as Parquet: this environment has another pandas than the tests.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from feature_store.store import open_store

if TYPE_CHECKING:
    from feast import FeatureStore


def describe(store: FeatureStore, folder: Path) -> None:
    """What the registry holds."""
    views = {
        view.name: {
            "keys": {column.name: str(column.dtype) for column in view.entity_columns},
            "features": {field.name: str(field.dtype) for field in view.features},
        }
        for view in store.list_feature_views()
    }
    services = {
        service.name: sorted(
            f"{projection.name}:{field.name}"
            for projection in service.feature_view_projections
            for field in projection.features
        )
        for service in store.list_feature_services()
    }
    entities = {entity.name: entity.join_key for entity in store.list_entities()}
    _tell(folder, {"entities": entities, "views": views, "services": services})


def historical(store: FeatureStore, folder: Path) -> None:
    """The features of orders."""
    asked = pd.read_parquet(folder / "asked.parquet")
    job = store.get_historical_features(entity_df=asked, features=store.get_feature_service("quantity_v1"))
    job.to_df().to_parquet(folder / "answer.parquet")


def online(store: FeatureStore, folder: Path) -> None:
    """The features of pairs; their attributes are looked up too."""
    _features_of(store, pd.read_parquet(folder / "asked.parquet")).to_parquet(folder / "answer.parquet")


def watch(store: FeatureStore, folder: Path) -> None:
    """How often pairs were asked for while something else happened, and how many values were missing."""
    asked = pd.read_parquet(folder / "asked.parquet")
    times = missing = 0
    while not (folder / "stop").exists():
        missing += int(_features_of(store, asked)["cnt_store_product"].isna().sum())
        times += 1
    _tell(folder, {"times": times, "missing": missing})


def _features_of(store: FeatureStore, pairs: pd.DataFrame) -> pd.DataFrame:
    """As `docs/feature_store.md` tells to ask."""
    service = store.get_feature_service
    attributes = store.get_online_features(service("attributes_v1"), pairs.to_dict("records")).to_df().fillna("")
    found: pd.DataFrame = store.get_online_features(service("quantity_v1"), attributes.to_dict("records")).to_df()
    return found


def _tell(folder: Path, answer: object) -> None:
    (folder / "answer.json").write_text(json.dumps(answer))


QUESTIONS = {question.__name__: question for question in (describe, historical, online, watch)}


def main() -> None:
    """Answer the questions of folders, a line each, until the input ends; a line says that an answer is there."""
    told, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        folder = Path(line.rstrip("\n"))
        # Opened for each: other processes change what it knows.
        QUESTIONS[(folder / "question.txt").read_text()](open_store(), folder)
        told.write("answered\n")
        told.flush()


if __name__ == "__main__":
    main()
