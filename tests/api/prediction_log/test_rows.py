"""Blocks become the rows of the table, column by column."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from api.prediction_log.folder import segment_path
from api.prediction_log.rows import MalformedSegmentError, rows_of
from api.prediction_log.segment import encode
from api.prediction_log.waiting import read_segment
from quantity.db.monitoring_tables import predictions
from quantity.online.predictor import NUMBERS
from tests.support.api.logged_segments import answers, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize("status", [9, -1])
def test_a_status_that_no_writer_gives_is_malformed(status: int) -> None:
    (block,) = blocks_of(list(islice(answers(), 3)))
    numbers = block.numbers.copy()
    numbers[1, NUMBERS.index("status")] = status
    with pytest.raises(MalformedSegmentError):
        list(rows_of(ID, [msgspec.structs.replace(block, content=numbers.data)]))


@pytest.mark.parametrize("pairs", [2, 4, -3])
def test_requests_of_more_or_fewer_pairs_than_there_are_are_malformed(pairs: int) -> None:
    (block,) = blocks_of(list(islice(answers(), 3)))
    (request,) = block.requests
    with pytest.raises(MalformedSegmentError):
        list(rows_of(ID, [msgspec.structs.replace(block, requests=[msgspec.structs.replace(request, pairs=pairs)])]))


@pytest.mark.parametrize("length", [8, 27, 55])
def test_half_a_pair_is_malformed(tmp_path: Path, length: int) -> None:
    (block,) = blocks_of(list(islice(answers(), 3)))
    path = segment_path(tmp_path, ID)
    path.write_bytes(encode(msgspec.structs.replace(block, content=block.content.cast("B")[:length])))
    with pytest.raises(MalformedSegmentError):
        read_segment(path)
