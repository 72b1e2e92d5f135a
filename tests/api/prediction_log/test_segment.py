"""A segment gives its whole blocks back, however its writer ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.prediction_log.blocks import encoded_blocks
from api.prediction_log.segment import read_blocks
from tests.support.api.logged_pairs import answered, pairs_in, pairs_of, taken

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.api.logged_pairs import Answered


def block(*answers: Answered) -> bytes:
    (encoded,) = encoded_blocks(taken(answers), 1, "champion")
    return encoded.content


def test_a_segment_cut_anywhere_ends_with_its_last_whole_block(tmp_path: Path) -> None:
    first, second = answered(), answered(shown=False)
    whole, torn = block(first), block(second)
    path = tmp_path / "segment"

    for length in range(len(torn)):
        path.write_bytes(whole + torn[:length])
        assert pairs_in(path) == pairs_of([first])
    path.write_bytes(whole + torn)
    assert pairs_in(path) == pairs_of([first, second])


@pytest.mark.parametrize("place", [0, 5, 9, -1])
def test_a_damaged_block_ends_a_segment(tmp_path: Path, place: int) -> None:
    first, second = answered(), answered()
    damaged = bytearray(block(second))
    damaged[place] ^= 1
    path = tmp_path / "segment"
    path.write_bytes(block(first) + damaged + block(first))

    assert pairs_in(path) == pairs_of([first])


def test_an_empty_segment_has_no_blocks(tmp_path: Path) -> None:
    path = tmp_path / "segment"
    path.touch()

    assert list(read_blocks(path)) == []
