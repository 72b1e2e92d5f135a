"""The Feast repository: entities, feature views and a feature service, made of `quantity/features/definitions.py`."""

from __future__ import annotations

import os
from pathlib import Path

from feast import Entity, FeatureService, FeatureView, Field, FileSource, Project
from feast.data_format import ParquetFormat
from feast.types import Float64, Int64, PrimitiveFeastType, String
from feast.value_type import ValueType

from quantity.feature_files import CURRENT
from quantity.feature_words import SCOPES as GROUPS
from quantity.feature_words import meaning_of
from quantity.features.definitions import ATTRIBUTES_OF, SCOPES, columns_of

FILES = Path(os.environ["FEATURE_STORE_DIR"]) / CURRENT
IDS = SCOPES["store_product"]

project = Project(name="quantity", description="Orders of stores: what is known of each before its date")

ENTITIES = {
    key: Entity(
        name=key.removesuffix("_id"),
        join_keys=[key],
        value_type=ValueType.INT64 if key in IDS else ValueType.STRING,
    )
    for key in dict.fromkeys(key for keys in SCOPES.values() for key in keys)
}
"""By join key. The features of a pair of store and product have two."""


def _view(scope: str) -> FeatureView:
    keys = [Field(name=key, dtype=Int64 if key in IDS else String) for key in SCOPES[scope]]
    features = [_field(column.name, Int64 if column.integer else Float64) for column in columns_of(scope)]
    attributes = [_field(name, String) for name in ATTRIBUTES_OF.get(scope, ())]
    return FeatureView(
        name=scope,
        description=f"What is known of {GROUPS[scope]} before an order",
        entities=[ENTITIES[key] for key in SCOPES[scope]],
        schema=[*keys, *features, *attributes],
        source=FileSource(
            name=scope,
            path=str(FILES / scope),
            file_format=ParquetFormat(),
            timestamp_field="event_timestamp",
        ),
    )


def _field(name: str, kind: PrimitiveFeastType) -> Field:
    meaning = meaning_of(name)
    unit = f"logarithm of {meaning.unit}" if meaning.is_log else meaning.unit
    return Field(name=name, dtype=kind, description=f"{meaning.label} ({unit})")


VIEWS = {scope: _view(scope) for scope in SCOPES}

# Feast takes what has a name of its own here.
globals().update({f"entity_{entity.name}": entity for entity in ENTITIES.values()})
globals().update({f"view_{scope}": view for scope, view in VIEWS.items()})

attributes_v1 = FeatureService(
    name="attributes_v1",
    features=[VIEWS[scope][list(names)] for scope, names in ATTRIBUTES_OF.items()],
    description="What is known of a store and of a product: their types and categories are keys of other features",
)

quantity_v1 = FeatureService(
    name="quantity_v1",
    features=[view[[field.name for field in view.features if field.name not in ENTITIES]] for view in VIEWS.values()],
    description="What the table `features` has of an order beside its keys and its calendar, which its date tells",
)
