"""The published record is read whichever version of the project wrote it, and tells whether this one can read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local_servers.mysql_server import READER, READER_PASSWORD
from quantity.db.engine import connect
from quantity.db.snapshots import FeatureListError, ensure_features_as_declared
from quantity.features.feature_list import features_digest
from tests.support.publishing.earlier_version import make_earlier
from tests.support.publishing.latest_frames import latest_frames
from tests.support.publishing.published import as_before_parts, marks, publish_marked
from tests.support.publishing.published_market import current, execute

if TYPE_CHECKING:
    from sqlalchemy import URL, Engine


def told(engine: Engine) -> str:
    with pytest.raises(FeatureListError) as caught:
        ensure_features_as_declared(engine, current(engine))
    return str(caught.value)


def test_a_reader_without_other_rights_reads_before_and_after_the_migration(
    mysql_url: URL, mysql_engine: Engine
) -> None:
    make_earlier(mysql_engine)
    reader = connect(mysql_url.set(username=READER, password=READER_PASSWORD))
    try:
        for mark in (2, 3):
            if mark == 3:
                publish_marked(mysql_engine, 3)
            latest = latest_frames(reader)
            assert latest is not None
            assert (latest[0].order_rows, marks(latest[1])) == (mark, {mark})
    finally:
        reader.dispose()


def test_the_features_of_this_version_are_as_declared(engine: Engine) -> None:
    assert publish_marked(engine, 1).features_digest == features_digest()
    ensure_features_as_declared(engine, current(engine))


def test_a_record_without_a_digest_is_judged_by_its_columns(engine: Engine) -> None:
    make_earlier(engine)
    as_before_parts(engine)
    ensure_features_as_declared(engine, current(engine))
    execute(engine, "ALTER TABLE features DROP COLUMN cnt_store_l30d")
    assert "snapshot 2 was published with other features" in told(engine)
    assert "(it lacks cnt_store_l30d)" in told(engine)


def test_another_list_is_told_with_what_differs_and_what_to_run(sqlite_engine: Engine) -> None:
    publish_marked(sqlite_engine, 1)
    as_before_parts(sqlite_engine)
    execute(
        sqlite_engine,
        "UPDATE published_snapshot SET features_digest = 'other'",
        "ALTER TABLE features RENAME COLUMN cnt_store_l30d TO cnt_store_l31d",
    )
    assert told(sqlite_engine) == (
        "snapshot 1 was published with other features than this version of the project declares (it lacks "
        "cnt_store_l30d; it has cnt_store_l31d, which this one does not): run `python -m training.preprocess --source "
        "db`, which computes them from the raw tables"
    )
