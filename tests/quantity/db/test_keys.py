"""Text ids keep their numbers over publications, whatever the files hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import SQLAlchemyError

from quantity.db.keys import named_as_in_the_files, read_key_tables, read_keys
from quantity.db.raw_tables import read_raw_tables
from quantity.db.snapshots import published
from quantity.raw import FIRST_TEXT_ID, NO_KEYS, Keys, key_frame
from tests.support.publishing.published import LINES, feature_set, leftovers, raw
from tests.support.publishing.published_market import execute
from training.publish.publishing import publish, roll_back

if TYPE_CHECKING:
    from sqlalchemy import Engine

SHOPS = {"S-001": FIRST_TEXT_ID, "s-001": FIRST_TEXT_ID + 1}
ODD = {text: FIRST_TEXT_ID + i for i, text in enumerate(["85123A", "a,b", 'a"b', "a\\", "a\nb", "é", "e", "𝄞" * 64])}


def publish_keys(engine: Engine, keys: Keys) -> None:
    tables = replace(
        raw(), store_keys=key_frame("store", keys.stores), product_keys=key_frame("product", keys.products)
    )
    publish(engine, feature_set(), run_id="r", order_rows=LINES, raw=tables)


def test_keys_come_back_as_they_are(engine: Engine) -> None:
    publish_keys(engine, Keys(SHOPS, ODD))

    assert read_keys(engine) == Keys(SHOPS, ODD)
    read = read_raw_tables(engine)
    assert read.store_keys.sort_values("store_id").to_dict("list") == {
        "store_id": list(SHOPS.values()),
        "store_key": list(SHOPS),
    }


def test_where_ids_are_numbers_there_are_none(engine: Engine) -> None:
    assert read_keys(engine) == Keys({}, {}) == NO_KEYS
    publish_keys(engine, NO_KEYS)

    assert read_keys(engine) == NO_KEYS
    assert {kind: frame.dtypes.astype(str).to_dict() for kind, frame in read_key_tables(engine).items()} == {
        kind: {f"{kind}_id": "int64", f"{kind}_key": "str"} for kind in ("store", "product")
    }


def test_a_database_without_the_tables_is_read_and_published_to(engine: Engine) -> None:
    publish_keys(engine, NO_KEYS)
    execute(engine, "DROP TABLE store_key", "DROP TABLE product_key")
    assert read_keys(engine) == NO_KEYS
    assert len(read_raw_tables(engine).store_keys) == 0
    assert named_as_in_the_files(engine, [{"store_id": 1, "product_id": 2}]) == [{"store_id": 1, "product_id": 2}]

    publish_keys(engine, Keys(SHOPS, {}))

    assert read_keys(engine) == Keys(SHOPS, {})


def test_a_key_that_is_gone_from_the_files_keeps_its_number(engine: Engine) -> None:
    publish_keys(engine, Keys(SHOPS, {"85123A": FIRST_TEXT_ID}))
    publish_keys(engine, Keys({"S-002": FIRST_TEXT_ID + 2}, {"85123A": FIRST_TEXT_ID}))

    assert read_keys(engine) == Keys(SHOPS | {"S-002": FIRST_TEXT_ID + 2}, {"85123A": FIRST_TEXT_ID})


def test_features_computed_anew_leave_the_keys_alone(engine: Engine) -> None:
    publish_keys(engine, Keys(SHOPS, ODD))
    publish(engine, feature_set(), run_id="source db", order_rows=LINES)

    assert read_keys(engine) == Keys(SHOPS, ODD)


def test_after_a_rollback_the_keys_still_tell_every_number_of_that_snapshot(engine: Engine) -> None:
    """Only the snapshot is rolled back; keys are only ever added."""
    publish_keys(engine, Keys(SHOPS, {}))
    publish_keys(engine, Keys({"S-002": FIRST_TEXT_ID + 2}, ODD))
    roll_back(engine)

    assert read_keys(engine) == Keys(SHOPS | {"S-002": FIRST_TEXT_ID + 2}, ODD)


@pytest.mark.parametrize("other", [{"S-001": FIRST_TEXT_ID + 7}, {"S-007": FIRST_TEXT_ID}], ids=["number", "text"])
def test_a_key_never_changes_its_number(engine: Engine, other: dict[str, int]) -> None:
    publish_keys(engine, Keys(SHOPS, {}))
    before = published(engine)

    with pytest.raises(SQLAlchemyError):
        publish_keys(engine, Keys(other, {}))

    assert read_keys(engine) == Keys(SHOPS, {})
    assert published(engine) == before
    assert leftovers(engine) == []


def test_pairs_are_named_by_text_where_they_have_one(engine: Engine) -> None:
    publish_keys(engine, Keys(SHOPS, {"85123A": FIRST_TEXT_ID}))
    asked = [
        {"store_id": FIRST_TEXT_ID, "product_id": FIRST_TEXT_ID},
        {"store_id": 55, "product_id": FIRST_TEXT_ID},
        {"store_id": FIRST_TEXT_ID + 1, "product_id": 1866},
    ]

    assert named_as_in_the_files(engine, asked) == [
        {"store": "S-001", "product": "85123A"},
        {"store_id": 55, "product": "85123A"},
        {"store": "s-001", "product_id": 1866},
    ]
