"""The one reference that requests read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from api.check import CheckFailedError
from api.serving import Current
from quantity.online.predictor import Predictor
from tests.api.market import EARLY_DAYS, loaded_model, loaded_snapshot


def test_it_answers_once_it_has_both() -> None:
    current = Current()
    assert current.serving.answering is None
    current.put_snapshot(loaded_snapshot())
    assert current.serving.answering is None

    current.put_model(loaded_model())

    answering = current.serving.answering
    assert answering is not None
    assert answering.model is current.serving.model
    assert answering.snapshot is current.serving.snapshot


def test_it_tells_once_that_it_is_ready() -> None:
    current = Current()
    told: list[bool] = []
    current.on_ready = lambda: told.append(current.serving.answering is not None)

    current.put_snapshot(loaded_snapshot())
    assert told == []
    for version in ("1", "2"):
        current.put_model(loaded_model(version))
    current.put_snapshot(loaded_snapshot("b", EARLY_DAYS))

    assert told == [True]


def test_what_a_request_has_read_stays_as_it_was() -> None:
    current = Current()
    current.put_model(loaded_model())
    current.put_snapshot(loaded_snapshot())
    read = current.serving.answering

    current.put_model(loaded_model("2", seed=1))
    current.put_snapshot(loaded_snapshot("b", EARLY_DAYS))

    assert read is not None
    assert (read.model.version, read.snapshot.version) == ("1", "a")
    now = current.serving.answering
    assert now is not None
    assert (now.model.version, now.snapshot.version) == ("2", "b")


def test_a_snapshot_without_stores_or_products_is_refused() -> None:
    current = Current()
    current.put_model(loaded_model())
    loaded = loaded_snapshot()
    snapshot, nothing = loaded.snapshot, np.array([], dtype=np.int64)
    without_stores = replace(snapshot, store_id=nothing, info=replace(snapshot.info, store_rows=0))
    without_products = replace(snapshot, product_id=nothing, info=replace(snapshot.info, product_rows=0))

    for empty in (without_stores, without_products):
        with pytest.raises(CheckFailedError, match="holds no"):
            current.put_snapshot(replace(loaded, snapshot=empty))
        with pytest.raises(ValueError, match="no store or no product"):
            Predictor(loaded_model().compiled, empty)
    assert current.serving.snapshot is None


def test_a_pair_that_fails_its_check_changes_nothing() -> None:
    current = Current()
    current.put_model(loaded_model())
    current.put_snapshot(loaded_snapshot())
    before = current.serving
    good = loaded_model("2")
    forest = good.compiled.forest
    nonsense = replace(good.compiled, forest=forest._replace(base=forest.base * np.nan))

    with pytest.raises(CheckFailedError, match="cases"):
        current.put_model(replace(good, compiled=nonsense))

    assert current.serving is before
