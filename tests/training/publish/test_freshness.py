"""Whether to preprocess again is judged by contents: of the files, of the settings, of the raw tables, of the list."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from quantity.db.raw_tables import read_raw_tables
from quantity.db.snapshots import published
from tests.support.publishing.earlier_version import make_earlier
from tests.support.publishing.published import LINES, feature_set, raw
from tests.support.publishing.published_market import execute
from training.input_files.digest import digest_of
from training.publish.freshness import Remedy, freshness, source_digest
from training.publish.publishing import Origin, publish, roll_back
from training.publish.raw_digest import digest_of_raw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings
    from quantity.versions import Published

NAMES = ("data_order.csv", "data_metadata_product.csv", "data_metadata_store.csv")


@pytest.fixture
def files(settings: Settings) -> list[Path]:
    """The three files, with some text in each."""
    settings.data_dir.mkdir(parents=True)
    paths = [settings.data_dir / name for name in NAMES]
    for path in paths:
        path.write_text(f"a text of {path.name}\n")
    return paths


def load(engine: Engine, files: list[Path], settings: Settings, seed: int = 0) -> Published:
    """Publish as a run does that reads the files."""
    tables = raw(seed)
    origin = Origin(source_digest(digest_of(files), settings), digest_of_raw(tables))
    return publish(engine, feature_set(seed), run_id="csv", order_rows=LINES, raw=tables, origin=origin)


def recompute(engine: Engine) -> Published:
    """Publish as a run does that reads the raw tables."""
    origin = Origin(raw_digest=digest_of_raw(read_raw_tables(engine)))
    return publish(engine, feature_set(), run_id="db", order_rows=LINES, origin=origin)


def test_nothing_published_is_not_fresh(sqlite_engine: Engine, files: list[Path], settings: Settings) -> None:
    assert freshness(sqlite_engine, files, settings).remedy is Remedy.LOAD_FILES


def _older(files: list[Path]) -> None:
    for path in files:
        os.utime(path, (0, 0))


def _same_again(files: list[Path]) -> None:
    for path in files:
        path.write_bytes(path.read_bytes())


def _other_text(files: list[Path]) -> None:
    """With the old date: as files are that were moved or unpacked."""
    before = files[0].stat()
    files[0].write_text(files[0].read_text().replace("text", "test"))
    os.utime(files[0], ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        (lambda _: None, Remedy.NOTHING),
        (_older, Remedy.NOTHING),
        (_same_again, Remedy.NOTHING),
        (_other_text, Remedy.LOAD_FILES),
        (lambda files: files.pop(), Remedy.LOAD_FILES),
        (lambda files: files.append(shutil.copy(files[0], files[0].with_name("data_order_2.csv"))), Remedy.LOAD_FILES),
        (lambda files: files.clear(), Remedy.NOTHING),
    ],
    ids=["nothing", "other times", "same content", "one letter", "a file less", "a file more", "no files"],
)
def test_contents_decide_and_times_do_not(
    sqlite_engine: Engine,
    files: list[Path],
    settings: Settings,
    change: Callable[[list[Path]], object],
    remedy: Remedy,
) -> None:
    load(sqlite_engine, files, settings)
    change(files)
    assert freshness(sqlite_engine, files, settings).remedy is remedy


@pytest.mark.parametrize(
    "setting", [{"input_returns": "drop"}, {"time_zone": "Europe/Berlin"}, {"input_encoding": "x"}]
)
def test_settings_of_the_reading_count(
    sqlite_engine: Engine, files: list[Path], settings: Settings, setting: dict[str, str]
) -> None:
    load(sqlite_engine, files, settings)
    changed = settings.model_copy(update=setting)
    assert freshness(sqlite_engine, files, changed).remedy is Remedy.LOAD_FILES


def test_other_settings_do_not_count(sqlite_engine: Engine, files: list[Path], settings: Settings) -> None:
    load(sqlite_engine, files, settings)
    changed = settings.model_copy(update={"api_port": 1, "model_alias": "x"})
    assert freshness(sqlite_engine, files, changed).remedy is Remedy.NOTHING


def test_lines_left_out_for_being_of_today_count_on_another_day(
    sqlite_engine: Engine, files: list[Path], settings: Settings
) -> None:
    for left_out, remedy in ((0, Remedy.NOTHING), (1, Remedy.LOAD_FILES)):
        day = settings.today() - dt.timedelta(days=left_out)
        origin = Origin(source_digest(digest_of(files), settings, day))
        publish(sqlite_engine, feature_set(), run_id="r", order_rows=LINES, raw=raw(), origin=origin)
        assert freshness(sqlite_engine, files, settings).remedy is remedy


def test_a_snapshot_of_an_earlier_version_is_made_again(
    sqlite_engine: Engine, files: list[Path], settings: Settings
) -> None:
    make_earlier(sqlite_engine)
    found = freshness(sqlite_engine, files, settings)
    assert found.remedy is Remedy.LOAD_FILES
    assert found.reason == "snapshot 2 does not tell what it was read from"
    assert freshness(sqlite_engine, [], settings).remedy is Remedy.NOTHING


def test_a_recomputation_of_the_same_raw_tables_keeps_their_source(
    engine: Engine, files: list[Path], settings: Settings
) -> None:
    loaded = load(engine, files, settings)
    again = recompute(engine)
    assert loaded.source_digest is not None
    assert (again.source_digest, again.raw_digest) == (loaded.source_digest, loaded.raw_digest)


def test_raw_tables_that_were_changed_have_no_source_and_stay(
    engine: Engine, files: list[Path], settings: Settings
) -> None:
    """Whoever corrects the tables in the database does not lose that to files that are as they were."""
    load(engine, files, settings)
    execute(engine, "UPDATE fact_order_items SET quantity = quantity + 1 WHERE line = 1")
    assert recompute(engine).source_digest is None
    assert recompute(engine).source_digest is None
    assert freshness(engine, files, settings).remedy is Remedy.NOTHING
    _other_text(files)
    assert freshness(engine, files, settings).remedy is Remedy.LOAD_FILES


def test_a_rollback_is_not_undone_by_files_that_are_as_they_were(
    engine: Engine, files: list[Path], settings: Settings
) -> None:
    first = load(engine, files, settings)
    _other_text(files)
    second = load(engine, files, settings, 1)
    back = roll_back(engine)
    assert back.source_digest == first.source_digest != second.source_digest
    assert freshness(engine, files, settings).remedy is Remedy.NOTHING
    # The raw tables stay those of the second.
    assert recompute(engine).source_digest == second.source_digest


def test_features_of_another_list_are_computed_again_from_the_raw_tables(
    engine: Engine, files: list[Path], settings: Settings
) -> None:
    load(engine, files, settings)
    execute(engine, "UPDATE published_snapshot SET features_digest = 'other'")
    found = freshness(engine, files, settings)
    assert found.remedy is Remedy.RECOMPUTE
    assert found.reason.endswith("(the columns are the same, their definitions are not)")
    recompute(engine)
    assert freshness(engine, files, settings).remedy is Remedy.NOTHING


def test_the_digest_of_the_raw_tables_is_that_of_their_rows(engine: Engine) -> None:
    tables = raw()
    digest = digest_of_raw(tables)
    publish(engine, feature_set(), run_id="r", order_rows=LINES, raw=tables)
    assert digest_of_raw(read_raw_tables(engine)) == digest
    items = tables.order_items
    assert digest_of_raw(replace(tables, order_items=items.iloc[::-1])) == digest
    assert digest_of_raw(replace(tables, order_items=items.iloc[1:])) != digest
    assert digest_of_raw(replace(tables, order_items=items.assign(quantity=items["quantity"] + 1))) != digest
    assert digest_of_raw(replace(tables, stores=tables.stores.assign(store_size="x"))) != digest


def test_the_record_tells_its_digests(engine: Engine, files: list[Path], settings: Settings) -> None:
    record = load(engine, files, settings)
    assert published(engine) == record
    assert all(len(digest or "") == 64 for digest in (record.source_digest, record.raw_digest, record.features_digest))
