"""A copy of a version follows the orders since its training, and reads as any version does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import mlflow
import numpy as np
import pytest

from quantity.model_files import load_model
from quantity.registry import client, describe_version, download_version, set_champion, version_number, version_tags
from training.promotion.champion import current_champion, read_version
from training.promotion.recalibration.evidence import MOST_DAYS, TooFewOrdersError
from training.promotion.recalibration.follow import NotRecalibratedError, recalibrated
from training.promotion.recalibration.unseen import read_unseen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings


def test_a_copy_is_registered_that_every_reader_of_versions_reads(
    shifted: Settings, tables: Engine, tmp_path: Path
) -> None:
    found = recalibrated(shifted, "2")
    assert found is not None
    assert found.number == "3"
    tags = version_tags(shifted)["3"]
    assert tags["recalibrated_from"] == "2"
    assert float(tags["coverage_before"]) < 0.5
    assert float(tags["coverage_after"]) == pytest.approx(0.8, abs=0.06)
    assert f"covers {float(tags['coverage_after']):.1%} of the later ones" in found.evidence

    assert version_number(shifted) == "2", "the alias stays"
    set_champion(shifted, "3", "by a test")
    champion, source = current_champion(shifted), read_version(shifted, "2")
    assert champion is not None
    assert champion.model is not None
    assert source.model is not None
    assert champion.trained_until == source.trained_until is not None
    assert_metrics_are_those_of_the_quantities(describe_version(shifted, "3").metrics, source.metrics)

    served = load_model(download_version(shifted, "3", tmp_path / "served"))
    orders = read_unseen(tables, source.trained_until, MOST_DAYS)
    before, after = source.model.answer(orders.X), served.answer(orders.X)
    np.testing.assert_array_equal(after.quantity, before.quantity)
    np.testing.assert_array_equal(after.typical, before.typical)
    assert ((after.low <= orders.y) & (orders.y <= after.high)).mean() == pytest.approx(0.8, abs=0.03)
    assert_documents_came_along(shifted)

    assert recalibrated(shifted, "2") == found
    assert list(version_tags(shifted)) == ["3", "2", "1"], "the same orders make no second copy"


def assert_metrics_are_those_of_the_quantities(copied: Mapping[str, float], source: Mapping[str, float]) -> None:
    of_the_range = {name for name in source if name.endswith(("_coverage", "_range_width"))}
    assert of_the_range > {"test_coverage", "test_range_width"}
    assert set(copied) == (set(source) - of_the_range) | {"test_coverage", "test_range_width"}
    assert all(copied[name] == source[name] for name in set(source) - of_the_range)
    assert copied["test_coverage"] == pytest.approx(0.8, abs=0.06)


def assert_documents_came_along(settings: Settings) -> None:
    registry = client(settings)
    source, run_id = (str(registry.get_model_version(settings.model_name, number).run_id) for number in "23")
    copied = {file.path for file in registry.list_artifacts(run_id)}
    assert json.loads(mlflow.artifacts.load_text(f"runs:/{run_id}/feature_reference.json")) == {"bins": 1}
    assert "plots" not in copied
    assert registry.get_run(run_id).data.params == registry.get_run(source).data.params


def test_a_range_that_covers_what_it_promises_stays(aged: Settings) -> None:
    assert recalibrated(aged, "2") is None
    assert list(version_tags(aged)) == ["2", "1"]


def test_a_version_that_has_just_been_trained_has_nothing_to_follow(settled: Settings) -> None:
    with pytest.raises(TooFewOrdersError, match="there are 0 of 0"):
        recalibrated(settled, "1")


def test_a_version_whose_run_does_not_say_what_it_was_fitted_to_is_told(shifted: Settings) -> None:
    registry = client(shifted)
    two = registry.get_model_version(shifted.model_name, "2")
    experiment = registry.get_run(str(two.run_id)).info.experiment_id
    registry.create_model_version(shifted.model_name, str(two.source), registry.create_run(experiment).info.run_id)
    with pytest.raises(NotRecalibratedError, match="does not say which orders"):
        recalibrated(shifted, "3")
