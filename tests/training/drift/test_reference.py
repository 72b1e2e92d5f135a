"""The reference of a version: nothing drifts from itself, and what drifts is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.db.engine import connect
from quantity.features.definitions import ATTRIBUTES
from tests.support.models.rolled_models import generated_dataset
from tests.support.models.trained_model import publish_generated
from training.drift.comparison import FEWEST_PAIRS, Compared, compare
from training.drift.latest_rows import read_latest_rows
from training.drift.reference import (
    ASKED,
    LATEST,
    MOST_ROWS,
    RECENT_DAYS,
    NoReferenceError,
    Population,
    feature_reference,
    populations_of,
    read_reference,
)
from training.fit.dataset import Dataset, read_dataset
from training.fit.tracking import prepare

if TYPE_CHECKING:
    from quantity.settings import Settings

PRICE = "last_case_price_cents_store_product"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Store and inputs of generated orders."""
    data = generated_dataset()
    return data.X.assign(store_id=data.store_id)


@pytest.fixture(scope="module")
def reference(rows: pd.DataFrame) -> Population:
    return Population.of(rows)


def index_of(compared: Compared) -> dict[str, float]:
    return {drift.feature: drift.stability_index for drift in compared.drifts}


def test_nothing_drifts_from_itself(rows: pd.DataFrame, reference: Population) -> None:
    indexes = index_of(compare(reference, rows.sample(frac=1, random_state=0)))
    assert len(indexes) > 50
    assert set(indexes.values()) == {0.0}


def test_two_halves_are_of_one_population(rows: pd.DataFrame) -> None:
    half = np.random.default_rng(0).random(len(rows)) < 0.5
    indexes = index_of(compare(Population.of(rows[half]), rows[~half]))
    assert max(indexes.values()) < 0.05


def test_the_feature_that_shifted_is_the_first(rows: pd.DataFrame, reference: Population) -> None:
    compared = compare(reference, rows.assign(**{PRICE: rows[PRICE] * 1.5}))
    indexes = index_of(compared)
    assert {drift.feature for drift in compared.drifts[:2]} == {PRICE, "price_to_usual"}
    assert indexes[PRICE] > 0.25
    assert {index for name, index in indexes.items() if name not in (PRICE, "price_to_usual")} == {0.0}


def test_missing_values_are_drift_and_their_share_is_told(rows: pd.DataFrame, reference: Population) -> None:
    (first, *_) = compare(reference, rows.assign(category=pd.Series(pd.NA, rows.index, dtype="str"))).drifts
    assert (first.feature, first.missing) == ("category", 1.0)
    assert first.reference_missing == pytest.approx(rows["category"].isna().mean())
    assert first.stability_index > 1


def test_few_pairs_are_not_judged(rows: pd.DataFrame, reference: Population) -> None:
    assert compare(reference, rows[: FEWEST_PAIRS - 1]) == Compared(FEWEST_PAIRS - 1, ())
    assert compare(reference, rows[:FEWEST_PAIRS]).is_judged


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Dataset]:
    from tests.support.settings import settings_for  # noqa: PLC0415

    settings = settings_for(tmp_path_factory.mktemp("reference"))
    publish_generated(settings, rows=6000)
    engine = connect(settings.database_url)
    try:
        return settings, read_dataset(engine)
    finally:
        engine.dispose()


def test_each_population_has_its_reference(published: tuple[Settings, Dataset]) -> None:
    settings, data = published
    document = json.loads(json.dumps(feature_reference(data, settings)))
    populations = populations_of(document)

    recent = data.X[data.date >= data.date[-1] + 1 - RECENT_DAYS].assign(store_id=0)
    engine = connect(settings.database_url)
    latest = read_latest_rows(engine, data.snapshot, MOST_ROWS)
    engine.dispose()
    assert {name: population.rows for name, population in populations.items()} == {
        ASKED: len(recent),
        LATEST: data.snapshot.pair_rows,
    }
    expected = {ASKED: recent, LATEST: latest}
    for name, population in populations.items():
        assert set(population.features) > set(ATTRIBUTES)
        for feature, distribution in population.features.items():
            if feature in expected[name]:
                counted = distribution.bins.count(
                    expected[name][feature].to_numpy(object if feature in ATTRIBUTES else float)
                )
                assert counted.tolist() == distribution.counts.tolist(), feature


def test_it_is_logged_and_read_again(published: tuple[Settings, Dataset]) -> None:
    import mlflow  # noqa: PLC0415

    settings, data = published
    document = feature_reference(data, settings)
    prepare(settings)
    with mlflow.start_run() as run:
        mlflow.log_dict(document, "feature_reference.json")
    with mlflow.start_run() as bare:
        pass
    with mlflow.start_run() as empty:
        mlflow.log_dict({}, "feature_reference.json")
    found = read_reference(settings, run.info.run_id)
    assert {name: len(population.features) for name, population in found.items()} == {
        name: len(population.features) for name, population in populations_of(document).items()
    }
    with pytest.raises(NoReferenceError, match="earlier version"):
        read_reference(settings, bare.info.run_id)
    with pytest.raises(NoReferenceError, match="is empty"):
        read_reference(settings, empty.info.run_id)


def test_a_database_that_fails_costs_the_reference_and_nothing_else(
    published: tuple[Settings, Dataset], caplog: pytest.LogCaptureFixture
) -> None:
    settings, data = published
    moved = replace(data, snapshot=replace(data.snapshot, publication="another"))
    assert feature_reference(moved, settings) == {}
    assert "no reference for drift: SnapshotChangedError" in caplog.text


@pytest.mark.parametrize("document", [{"asked": {}}, {"asked": 1}, {"asked": {"rows": 1, "features": {"base": {}}}}])
def test_a_damaged_document_is_told(document: dict[str, object]) -> None:
    with pytest.raises(NoReferenceError, match="cannot be read"):
        populations_of(document)
