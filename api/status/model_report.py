"""The answer of `GET /quantity/model`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from api.predict.schema import Failure, Features, ModelResponse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.loading.refresh import LoadFailure
    from api.serving.active import Serving
    from api.serving.loaded import LoadedSnapshot


def model_report(
    serving: Serving, failures: Mapping[str, LoadFailure], *, name: str, alias: str, missing: Sequence[str]
) -> ModelResponse:
    """Describe what is in memory.

    Args:
        serving: it.
        failures: by source, why what it has is not in memory.
        name: of the model in the registry.
        alias: that the model is served by.
        missing: what predictions wait for.
    """
    model = serving.model
    return ModelResponse(
        detail="; ".join(missing) or None,
        name=name,
        alias=alias,
        version=model.version if model else None,
        run_id=model.info.run_id if model else None,
        trained_at=model.info.trained_at if model else None,
        loaded_at=model.loaded_at if model else None,
        source=model.origin if model else None,
        metrics=model.info.metrics if model else {},
        features=_features(serving.snapshot) if serving.snapshot else None,
        errors={
            source: Failure(reason=failure.reason, version=failure.version, at=failure.at)
            for source, failure in failures.items()
        },
    )


def _features(loaded: LoadedSnapshot) -> Features:
    info = loaded.snapshot.info
    return Features(
        as_of=info.as_of_date,
        snapshot_id=info.snapshot_id,
        publication=info.publication,
        created_at=info.created_at.replace(tzinfo=dt.UTC),
        loaded_at=loaded.loaded_at,
        source=loaded.origin,
        stores=info.store_rows,
        products=info.product_rows,
        pairs=info.pair_rows,
    )
