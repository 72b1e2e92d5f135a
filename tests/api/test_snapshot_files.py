"""A snapshot as files."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.snapshot_files import ARRAYS_FILE, INFO_FILE, OtherFeaturesError, read_snapshot, write_snapshot
from tests.api.market import QUIET_STORE, UNKNOWN_PRODUCT, loaded_snapshot

if TYPE_CHECKING:
    from pathlib import Path

SNAPSHOT = loaded_snapshot().snapshot


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_snapshot(SNAPSHOT, tmp_path)
    return tmp_path


def test_what_is_read_finds_what_was_written(written: Path) -> None:
    read = read_snapshot(written)
    store_id, product_id = SNAPSHOT.pairs(10_000)
    store_id, product_id = np.append(store_id, [QUIET_STORE, 1]), np.append(product_id, [101, UNKNOWN_PRODUCT])

    before, after = (s.lookup(store_id, product_id, dt.date(2024, 7, 1)) for s in (SNAPSHOT, read))

    assert read.info == SNAPSHOT.info
    for name in ("store", "product", "store_known", "product_known", "ordered", "features"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    for name, labels in SNAPSHOT.labels.items():
        np.testing.assert_array_equal(read.labels[name], labels)


def test_files_of_another_list_of_features_are_refused(written: Path) -> None:
    info = json.loads((written / INFO_FILE).read_text(encoding="utf-8"))
    info["columns"]["store"].pop()
    (written / INFO_FILE).write_text(json.dumps(info), encoding="utf-8")

    with pytest.raises(OtherFeaturesError):
        read_snapshot(written)


def test_files_cut_short_are_refused(written: Path) -> None:
    whole = (written / ARRAYS_FILE).read_bytes()
    for length in (0, 100, len(whole) // 2, len(whole) - 1):
        (written / ARRAYS_FILE).write_bytes(whole[:length])
        with pytest.raises(Exception, match=r".+"):
            read_snapshot(written)


def test_changed_bytes_are_noticed(written: Path) -> None:
    content = bytearray((written / ARRAYS_FILE).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (written / ARRAYS_FILE).write_bytes(content)

    with pytest.raises(Exception, match=r".+"):
        read_snapshot(written)


def test_files_that_hold_python_objects_are_refused(written: Path) -> None:
    with np.load(written / ARRAYS_FILE) as arrays:
        content = dict(arrays)
    content["label.category"] = np.array([object()], dtype=object)
    np.savez(written / ARRAYS_FILE, **content)

    with pytest.raises(ValueError, match="allow_pickle"):
        read_snapshot(written)
