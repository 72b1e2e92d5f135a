"""Models and snapshots as files."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.loading.model_parts import model_of_parts, model_to_parts
from api.loading.parts import ARRAYS_FILE, INFO_FILE, OtherProgramError, read_parts, write_parts
from api.loading.snapshot_parts import snapshot_of_parts, snapshot_to_parts
from quantity.online.predictor import Predictor
from tests.support.api.small_market import QUIET_STORE, UNKNOWN_PRODUCT, model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    from pathlib import Path

MODEL, SNAPSHOT = model_in_memory(), snapshot_in_memory()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_parts(snapshot_to_parts(SNAPSHOT), tmp_path)
    return tmp_path


@pytest.fixture
def written_model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    write_parts(model_to_parts(MODEL), folder)
    return folder


def test_what_is_read_answers_as_what_was_written(written: Path, written_model: Path) -> None:
    snapshot = snapshot_of_parts(read_parts(written), "local copy")
    model = model_of_parts(read_parts(written_model), "local copy")
    store_id, product_id = SNAPSHOT.snapshot.pairs(10_000)
    store_id, product_id = np.append(store_id, [QUIET_STORE, 1]), np.append(product_id, [101, UNKNOWN_PRODUCT])

    before, after = (
        Predictor(m.compiled, s.snapshot).predict(store_id, product_id, dt.date(2024, 7, 1))
        for m, s in ((MODEL, SNAPSHOT), (model, snapshot))
    )

    assert (snapshot.snapshot.info, snapshot.origin) == (SNAPSHOT.snapshot.info, "local copy")
    assert (model.info, model.origin) == (MODEL.info, "local copy")
    for name in ("status", "quantity", "typical", "low", "high"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))


def test_a_snapshot_of_another_list_of_features_is_refused(written: Path) -> None:
    info = json.loads((written / INFO_FILE).read_text(encoding="utf-8"))
    info["columns"]["store"].pop()
    (written / INFO_FILE).write_text(json.dumps(info), encoding="utf-8")

    with pytest.raises(OtherProgramError):
        snapshot_of_parts(read_parts(written), "local copy")


@pytest.mark.parametrize("part", ["inputs", "formulas"])
def test_a_model_of_another_list_of_features_is_refused(written_model: Path, part: str) -> None:
    info = json.loads((written_model / INFO_FILE).read_text(encoding="utf-8"))
    info[part].pop()
    (written_model / INFO_FILE).write_text(json.dumps(info), encoding="utf-8")

    with pytest.raises(OtherProgramError):
        model_of_parts(read_parts(written_model), "local copy")


def test_a_model_without_an_array_is_refused_by_its_name(written_model: Path) -> None:
    parts = read_parts(written_model)
    del parts.arrays["forest.threshold"]

    with pytest.raises(OtherProgramError, match=r"without forest\.threshold"):
        model_of_parts(parts, "local copy")


def test_files_cut_short_are_refused(written: Path) -> None:
    whole = (written / ARRAYS_FILE).read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 1):
        (written / ARRAYS_FILE).write_bytes(whole[:length])
        with pytest.raises(Exception, match=r".+"):
            read_parts(written)


def test_changed_bytes_are_noticed(written: Path) -> None:
    content = bytearray((written / ARRAYS_FILE).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (written / ARRAYS_FILE).write_bytes(content)

    with pytest.raises(Exception, match=r".+"):
        read_parts(written)


def test_files_that_hold_python_objects_are_refused(written: Path) -> None:
    with np.load(written / ARRAYS_FILE) as arrays:
        content = dict(arrays)
    content["vocabulary.category"] = np.array([object()], dtype=object)
    np.savez(written / ARRAYS_FILE, **content)

    with pytest.raises(ValueError, match="allow_pickle"):
        read_parts(written)
