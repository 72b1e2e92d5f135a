"""Models and snapshots as files."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.loading.contents import (
    ARRAYS_FILE,
    INFO_FILE,
    DamagedCopyError,
    identity_of,
    read_model,
    read_model_info,
    read_snapshot,
    read_snapshot_info,
    write_model,
    write_snapshot,
)
from quantity.features.definitions import SCOPES
from quantity.online import kernel
from quantity.online.keys import KeyIndex
from quantity.online.predictor import Predictor
from tests.support.api.small_market import QUIET_STORE, UNKNOWN_PRODUCT, model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from pathlib import Path

MODEL, SNAPSHOT = model_in_memory(), snapshot_in_memory()


@pytest.fixture
def snapshot_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "snapshot"
    folder.mkdir()
    write_snapshot(SNAPSHOT, folder)
    return folder


@pytest.fixture
def model_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    write_model(MODEL, folder)
    return folder


def test_what_is_read_answers_as_what_was_written(snapshot_folder: Path, model_folder: Path) -> None:
    model, snapshot = read_model(model_folder), read_snapshot(snapshot_folder)
    store_id, product_id = SNAPSHOT.features.pairs(10_000)
    store_id, product_id = np.append(store_id, [QUIET_STORE, 1]), np.append(product_id, [101, UNKNOWN_PRODUCT])

    before, after = (
        Predictor(m.compiled, s.features).predict(store_id, product_id, dt.date(2024, 7, 1))
        for m, s in ((MODEL, SNAPSHOT), (model, snapshot))
    )

    assert (snapshot.info, snapshot.loaded_at) == (SNAPSHOT.info, SNAPSHOT.loaded_at)
    assert (model.info, model.loaded_at) == (MODEL.info, MODEL.loaded_at)
    for name in ("status", "quantity", "typical", "low", "high"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_what_is_read_needs_no_other_machine_code(snapshot_folder: Path, model_folder: Path) -> None:
    pairs = SNAPSHOT.features.pairs(10)
    Predictor(MODEL.compiled, SNAPSHOT.features).predict(*pairs, dt.date(2024, 7, 1))
    compiled = kernel.estimates.signatures  # type: ignore[attr-defined]

    predictor = Predictor(read_model(model_folder).compiled, read_snapshot(snapshot_folder).features)
    predictor.predict(*pairs, dt.date(2024, 7, 1))

    assert kernel.estimates.signatures == compiled  # type: ignore[attr-defined]


def test_the_info_alone_tells_which_version_it_is(snapshot_folder: Path, model_folder: Path) -> None:
    for folder in (snapshot_folder, model_folder):
        (folder / ARRAYS_FILE).unlink()

    assert read_model_info(model_folder).identity == identity_of(MODEL.version, MODEL.info.run_id)
    assert read_snapshot_info(snapshot_folder).identity == SNAPSHOT.version


def test_text_ids_are_read_as_they_were_written(tmp_path: Path) -> None:
    stores, products = KeyIndex.build(["S-2", "é", "S-1"], np.array([7, 8, 9])), KeyIndex.build(["A"], np.array([5]))
    keyed = replace(SNAPSHOT.features, store_keys=stores, product_keys=products)
    write_snapshot(replace(SNAPSHOT, features=keyed), tmp_path)

    features = read_snapshot(tmp_path).features

    assert features.store_keys.numbers_of(["S-1", "S-2", "é", "A"]).tolist() == [9, 7, 8, 0]
    assert features.product_keys.numbers_of(["S-1", "A"]).tolist() == [0, 5]


def test_a_copy_of_an_earlier_version_without_text_ids_is_read_and_is_another_one(snapshot_folder: Path) -> None:
    """It serves at once, and the loader puts one with text ids in its place."""
    content = json.loads((snapshot_folder / INFO_FILE).read_bytes())
    content["arrays"] = {name: place for name, place in content["arrays"].items() if "_key." not in name}
    (snapshot_folder / INFO_FILE).write_text(json.dumps(content), encoding="utf-8")

    assert len(read_snapshot(snapshot_folder).features.store_keys) == 0
    assert read_snapshot_info(snapshot_folder).identity != SNAPSHOT.version


def test_metrics_that_are_not_numbers_survive(tmp_path: Path) -> None:
    odd = replace(MODEL, info=replace(MODEL.info, metrics={"bias": math.nan, "mae": math.inf}))
    write_model(odd, tmp_path)

    metrics = read_model(tmp_path).info.metrics

    assert math.isnan(metrics["bias"])
    assert metrics["mae"] == math.inf


def test_arrays_begin_where_the_processor_reads_best(snapshot_folder: Path) -> None:
    features = read_snapshot(snapshot_folder).features

    assert set(features.scopes) == set(SCOPES)
    for state in features.scopes.values():
        assert state.keys.ctypes.data % 64 == state.features.ctypes.data % 64 == 0
        assert state.features.flags.c_contiguous


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_files_cut_short_are_refused(snapshot_folder: Path, share: float) -> None:
    whole = (snapshot_folder / ARRAYS_FILE).read_bytes()
    (snapshot_folder / ARRAYS_FILE).write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(DamagedCopyError, match=ARRAYS_FILE):
        read_snapshot(snapshot_folder)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_changed_bytes_are_noticed(snapshot_folder: Path, share: float) -> None:
    content = bytearray((snapshot_folder / ARRAYS_FILE).read_bytes())
    content[int(len(content) * share)] ^= 0xFF
    (snapshot_folder / ARRAYS_FILE).write_bytes(content)

    with pytest.raises(DamagedCopyError, match="not what was written"):
        read_snapshot(snapshot_folder)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"registered": 1}', b"\xff"])
def test_a_damaged_info_is_refused(model_folder: Path, content: bytes) -> None:
    (model_folder / INFO_FILE).write_bytes(content)

    with pytest.raises(DamagedCopyError, match=INFO_FILE):
        read_model(model_folder)
