"""Copies of versions with another range, in MLflow: a run and a registered version of their own."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import mlflow

from quantity.registry import CHALLENGER, PROMOTION, RECALIBRATED_UNTIL, client, tag_version, version_tags
from training.fit.tracking import log_model, prepare

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd
    from mlflow.entities import Run

    from quantity.settings import Settings
    from training.promotion.recalibration.evidence import Recalibration

RECALIBRATED_FROM = "recalibrated_from"
"""A version's tag: the version whose copy it is, with another range."""

PROPOSED = "recalibrated"
"""The value of the challenger's tag that is set, and taken back, by the program alone."""

_OF_THE_RANGE = ("_coverage", "_range_width")
"""How the names of metrics end that another range changes."""


def existing_copy(settings: Settings, number: str, recalibration: Recalibration) -> str | None:
    """The number of the version's copy whose range follows the same orders; None where there is none.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    wanted = _followed(number, recalibration).items()
    return next((copy for copy, tags in version_tags(settings).items() if wanted <= tags.items()), None)


def register_copy(settings: Settings, number: str, recalibration: Recalibration, example: pd.DataFrame) -> str:
    """Log and register a version's copy with another range; the result is the copy's number.

    Its run has the parameters, the data set, the documents and the metrics of the version's run. Those of the range
    are left out but for ``test_coverage`` and ``test_range_width``: they are of the orders held out.

    Args:
        settings: of the tracking server.
        number: of the version.
        recalibration: the copy's model, and what is known of its range.
        example: (n, `INPUTS`) rows to show.

    Raises:
        quantity.tracking_server.TrackingServerError: the server does not answer.
        mlflow.exceptions.MlflowException: MLflow failed, or has no such version.
    """
    prepare(settings)
    registry = client(settings)
    source = registry.get_run(str(registry.get_model_version(settings.model_name, number).run_id))
    tags = _tags(number, recalibration)
    with mlflow.start_run(run_name=f"version {number}, recalibrated", tags=tags) as run:
        mlflow.log_params(source.data.params)
        mlflow.log_metrics(_metrics(source.data.metrics, recalibration))
        if source.inputs is not None:
            registry.log_inputs(run.info.run_id, source.inputs.dataset_inputs)
        _copy_documents(settings, source)
        info = log_model(recalibration.model, example)
    # With its tags at once: a run that is killed leaves no version that nobody knows the origin of.
    return str(mlflow.register_model(info.model_uri, settings.model_name, tags=tags).version)


def propose(settings: Settings, number: str, reason: str) -> None:
    """Have a copy replayed beside the champion, and withdraw the copies that were proposed before.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked, or has no such version.
    """
    tag_version(settings, number, {PROMOTION: reason, CHALLENGER: PROPOSED})
    withdraw_others(settings, [number])


def withdraw_others(settings: Settings, kept: Collection[str]) -> None:
    """Propose no copies but some: the others are no longer replayed.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    for copy in proposed_copies(settings):
        if copy not in kept:
            tag_version(settings, copy, {CHALLENGER: "false"})


def proposed_copies(settings: Settings, number: str | None = None) -> list[str]:
    """The numbers of the copies that are proposed, newest first: of one version, or of all.

    Raises:
        mlflow.exceptions.MlflowException: the registry cannot be asked.
    """
    return [
        copy
        for copy, tags in version_tags(settings).items()
        if tags.get(CHALLENGER) == PROPOSED and number in {None, tags.get(RECALIBRATED_FROM)}
    ]


def _followed(number: str, recalibration: Recalibration) -> dict[str, str]:
    return {
        RECALIBRATED_FROM: number,
        "recalibrated_since": str(recalibration.since),
        RECALIBRATED_UNTIL: str(recalibration.until),
        "recalibrated_orders": str(recalibration.orders),
    }


def _tags(number: str, recalibration: Recalibration) -> dict[str, str]:
    return _followed(number, recalibration) | {
        "coverage_tested_from": str(recalibration.tested_from),
        "coverage_before": f"{recalibration.before.coverage:.4f}",
        "coverage_after": f"{recalibration.after.coverage:.4f}",
    }


def _metrics(metrics: Mapping[str, float], recalibration: Recalibration) -> dict[str, float]:
    kept = {name: value for name, value in metrics.items() if not name.endswith(_OF_THE_RANGE)}
    after = recalibration.after
    return kept | {"test_coverage": after.coverage, "test_range_width": after.range_width}


def _copy_documents(settings: Settings, source: Run) -> None:
    """Copy the files beside the model; pictures, in a folder, are of the version's own range."""
    registry, run_id = client(settings), source.info.run_id
    with tempfile.TemporaryDirectory() as folder:
        for file in registry.list_artifacts(run_id):
            if not file.is_dir:
                mlflow.log_artifact(registry.download_artifacts(run_id, file.path, folder))
