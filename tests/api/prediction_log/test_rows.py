"""Blocks become the rows of the table, column by column."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import pytest

from api.prediction_log.rows import MalformedSegmentError, rows_of
from quantity.db.monitoring_tables import predictions
from tests.support.api.logged_segments import answers, blocks_of

ID = 5 << 20


def test_a_segment_s_rows_are_its_answers_in_their_order() -> None:
    some = list(islice(answers(), 60))
    blocks = blocks_of(some)
    assert len(blocks) > 1

    def plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
        at, *dates = row[2], row[6], row[7]
        return (*row[:2], at.isoformat(" ", "microseconds"), *row[3:6], *(day.isoformat() for day in dates), *row[8:])

    expected = [plain(answer.row(ID, line)) for line, answer in enumerate(some)]
    assert list(rows_of(ID, blocks)) == expected
    assert {len(row) for row in expected} == {len(predictions.columns)}


def test_the_time_of_an_answer_is_cut_to_seconds_and_not_rounded() -> None:
    (answer,) = islice(answers(), 1)
    (row,) = rows_of(ID, blocks_of([replace(answer, at=dt.datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=dt.UTC))]))
    assert row[2] == "2024-02-29 23:59:59.000000"


@pytest.mark.parametrize(
    ("column", "value"), [("request", 99), ("request", -1), ("status", 9)], ids=["no request", "before", "no status"]
)
def test_places_that_no_writer_gives_are_malformed(column: str, value: int) -> None:
    (block,) = blocks_of(list(islice(answers(), 3)))
    values = np.full(3, value, block.arrays()[column].dtype).tobytes()
    with pytest.raises(MalformedSegmentError):
        list(rows_of(ID, [msgspec.structs.replace(block, columns=block.columns | {column: values})]))


@pytest.mark.parametrize("name", ["request", "low", "as-of day"])
def test_columns_of_other_lengths_and_days_of_no_calendar_are_malformed(name: str) -> None:
    (block,) = blocks_of(list(islice(answers(), 3)))
    changed = (
        msgspec.structs.replace(block, as_of_day=10**9)
        if name == "as-of day"
        else msgspec.structs.replace(block, columns=block.columns | {name: b"\0" * 8})
    )
    with pytest.raises(MalformedSegmentError):
        list(rows_of(ID, [changed]))
