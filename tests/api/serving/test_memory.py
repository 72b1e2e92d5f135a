"""The one reference that requests read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.serving.check import CheckFailedError
from api.serving.memory import Memory
from quantity.online.predictor import Predictor
from tests.support.api.small_market import EARLY_DAYS, model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from api.serving.memory import ActivePair


def test_the_pair_is_active_once_both_are_there() -> None:
    memory = Memory()
    model, snapshot = model_in_memory(), snapshot_in_memory()
    assert memory.contents.pair is None
    memory.swap(None, snapshot)
    assert memory.contents.pair is None

    memory.swap(model, snapshot)

    pair = memory.contents.pair
    assert pair is not None
    assert (pair.model, pair.snapshot) == (memory.contents.model, memory.contents.snapshot) == (model, snapshot)


def test_it_tells_once_that_it_is_about_to_be_ready() -> None:
    memory = Memory()
    told: list[tuple[ActivePair, bool]] = []
    memory.on_ready = lambda pair: told.append((pair, memory.contents.pair is None))
    snapshot = snapshot_in_memory()

    memory.swap(None, snapshot)
    assert told == []
    for version in ("1", "2"):
        memory.swap(model_in_memory(version), snapshot)
    memory.swap(None, snapshot)
    memory.swap(model_in_memory("3"), snapshot_in_memory("b", EARLY_DAYS))

    assert [(pair.model.version, was_not_ready) for pair, was_not_ready in told] == [("1", True)]


def test_what_a_request_has_read_stays_as_it_was() -> None:
    memory = Memory()
    memory.swap(model_in_memory(), snapshot_in_memory())
    read = memory.contents.pair

    memory.swap(model_in_memory("2", seed=1), snapshot_in_memory("b", EARLY_DAYS))

    now = memory.contents.pair
    assert read is not None
    assert now is not None
    assert (read.model.version, read.snapshot.version) == ("1", "a")
    assert (now.model.version, now.snapshot.version) == ("2", "b")


def test_without_one_of_the_two_there_is_no_answer() -> None:
    memory = Memory()
    model, snapshot = model_in_memory(), snapshot_in_memory()
    memory.swap(model, snapshot)

    memory.swap(None, snapshot)

    assert (memory.contents.model, memory.contents.snapshot, memory.contents.pair) == (None, snapshot, None)


def test_a_snapshot_without_stores_or_products_is_refused() -> None:
    memory = Memory()
    model, snapshot = model_in_memory(), snapshot_in_memory()
    features, nothing = snapshot.features, np.array([], dtype=np.int64)
    without_stores = replace(features, store_id=nothing, info=replace(features.info, store_rows=0))
    without_products = replace(features, product_id=nothing, info=replace(features.info, product_rows=0))

    for empty in (without_stores, without_products):
        with pytest.raises(CheckFailedError, match="holds no"):
            memory.swap(model, replace(snapshot, features=empty))
        with pytest.raises(ValueError, match="no store or no product"):
            Predictor(model.compiled, empty)
    assert memory.contents.snapshot is None


def test_a_pair_that_fails_its_check_changes_nothing() -> None:
    memory = Memory()
    good, snapshot = model_in_memory("2"), snapshot_in_memory()
    memory.swap(model_in_memory(), snapshot)
    before = memory.contents
    forest = good.compiled.forest
    nonsense = replace(good.compiled, forest=forest._replace(base=forest.base * np.nan))

    with pytest.raises(CheckFailedError, match="cases"):
        memory.swap(replace(good, compiled=nonsense), snapshot)

    assert memory.contents is before
