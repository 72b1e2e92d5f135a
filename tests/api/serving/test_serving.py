"""The one reference that requests read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from api.serving.active import Current
from api.serving.check import CheckFailedError
from quantity.online.predictor import Predictor
from tests.support.api.small_market import EARLY_DAYS, model_in_memory, snapshot_in_memory


def test_it_answers_once_it_has_both() -> None:
    current = Current()
    assert current.serving.answering is None
    current.put_snapshot(snapshot_in_memory())
    assert current.serving.answering is None

    current.put_model(model_in_memory())

    answering = current.serving.answering
    assert answering is not None
    assert answering.model is current.serving.model
    assert answering.snapshot is current.serving.snapshot


def test_it_tells_once_that_it_is_ready() -> None:
    current = Current()
    told: list[bool] = []
    current.on_ready = lambda: told.append(current.serving.answering is not None)

    current.put_snapshot(snapshot_in_memory())
    assert told == []
    for version in ("1", "2"):
        current.put_model(model_in_memory(version))
    current.put_snapshot(snapshot_in_memory("b", EARLY_DAYS))

    assert told == [True]


def test_what_a_request_has_read_stays_as_it_was() -> None:
    current = Current()
    current.put_model(model_in_memory())
    current.put_snapshot(snapshot_in_memory())
    read = current.serving.answering

    current.put_model(model_in_memory("2", seed=1))
    current.put_snapshot(snapshot_in_memory("b", EARLY_DAYS))

    assert read is not None
    assert (read.model.version, read.snapshot.version) == ("1", "a")
    now = current.serving.answering
    assert now is not None
    assert (now.model.version, now.snapshot.version) == ("2", "b")


def test_a_snapshot_without_stores_or_products_is_refused() -> None:
    current = Current()
    current.put_model(model_in_memory())
    loaded = snapshot_in_memory()
    snapshot, nothing = loaded.snapshot, np.array([], dtype=np.int64)
    without_stores = replace(snapshot, store_id=nothing, info=replace(snapshot.info, store_rows=0))
    without_products = replace(snapshot, product_id=nothing, info=replace(snapshot.info, product_rows=0))

    for empty in (without_stores, without_products):
        with pytest.raises(CheckFailedError, match="holds no"):
            current.put_snapshot(replace(loaded, snapshot=empty))
        with pytest.raises(ValueError, match="no store or no product"):
            Predictor(model_in_memory().compiled, empty)
    assert current.serving.snapshot is None


def test_a_pair_that_fails_its_check_changes_nothing() -> None:
    current = Current()
    current.put_model(model_in_memory())
    current.put_snapshot(snapshot_in_memory())
    before = current.serving
    good = model_in_memory("2")
    forest = good.compiled.forest
    nonsense = replace(good.compiled, forest=forest._replace(base=forest.base * np.nan))

    with pytest.raises(CheckFailedError, match="cases"):
        current.put_model(replace(good, compiled=nonsense))

    assert current.serving is before
