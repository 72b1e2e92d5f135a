"""Blocks hold what was answered, pair for pair."""

from __future__ import annotations

import datetime as dt
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.prediction_log import blocks as making
from api.prediction_log.blocks import BLOCK_REQUESTS, encoded_blocks
from api.prediction_log.sampling import is_logged
from api.prediction_log.segment import read_blocks
from tests.support.api.logged_pairs import answered, pairs_in, pairs_of, taken
from tests.support.api.small_market import UNKNOWN_PRODUCT, UNKNOWN_STORE, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from api.prediction_log.blocks import Encoded
    from tests.support.api.logged_pairs import Answered

ORDERED, NEVER_ORDERED = pairs().ordered, pairs().never_ordered


def written(folder: Path, blocks: Sequence[Encoded]) -> Path:
    path = folder / "segment"
    path.write_bytes(b"".join(block.content for block in blocks))
    return path


def requests() -> list[Answered]:
    """Of one pair and of many, of any status, of three model versions in turn."""
    rng = np.random.default_rng(1)
    every = [*ORDERED, *NEVER_ORDERED, (UNKNOWN_STORE, 101), (1, UNKNOWN_PRODUCT), (0, 101), (1, 0)]
    return [
        answered(
            [every[i] for i in rng.integers(0, len(every), rng.choice([1, 3, 40]))],
            version=str(rng.choice(["1", "1", "2", "3"])),
            date=dt.date(2024, 5, 1) + dt.timedelta(days=int(rng.integers(-30, 400))),
            shown=bool(rng.random() < 0.7),
        )
        for _ in range(100)
    ]


def test_every_pair_is_there_in_the_order_of_the_answers(tmp_path: Path) -> None:
    answers = requests()

    blocks = list(encoded_blocks(taken(answers), 1, "challenger"))

    assert pairs_in(written(tmp_path, blocks)) == pairs_of(answers, "challenger")
    assert sum(block.pairs for block in blocks) == len(pairs_of(answers))
    assert not any(block.sampled_out for block in blocks)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_a_share_of_the_pairs_is_there_and_the_others_are_counted(tmp_path: Path, share: float) -> None:
    answers = requests()
    every = pairs_of(answers)
    store_id, product_id = (np.array([getattr(pair, name) for pair in every]) for name in ("store_id", "product_id"))
    expected = [pair for pair, kept in zip(every, is_logged(store_id, product_id, share), strict=True) if kept]

    blocks = list(encoded_blocks(taken(answers), share, "champion"))

    assert pairs_in(written(tmp_path, blocks)) == expected
    assert sum(block.pairs for block in blocks) == len(expected)
    assert sum(block.sampled_out for block in blocks) == len(every) - len(expected)
    assert all(bool(block.content) is bool(block.pairs) for block in blocks)


def test_requests_without_a_logged_pair_take_no_space(tmp_path: Path) -> None:
    answers = requests()
    segment = written(tmp_path, list(encoded_blocks(taken(answers), 0.01, "champion")))

    named = chain.from_iterable(block.requests for block in read_blocks(segment))

    assert [request.request_id for request in named] == list(dict.fromkeys(p.request_id for p in pairs_in(segment)))


def test_many_requests_make_several_blocks(tmp_path: Path) -> None:
    answers = [answered() for _ in range(2 * BLOCK_REQUESTS + 1)]

    blocks = list(encoded_blocks(taken(answers), 1, "champion"))

    assert [block.pairs for block in blocks] == [3 * BLOCK_REQUESTS, 3 * BLOCK_REQUESTS, 3]
    assert pairs_in(written(tmp_path, blocks)) == pairs_of(answers)


def test_large_requests_make_a_block_as_soon_as_it_has_so_many_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "BLOCK_PAIRS", 45)
    answers = [answered(ORDERED[:20]) for _ in range(7)]

    blocks = list(encoded_blocks(taken(answers), 1, "champion"))

    assert [block.pairs for block in blocks] == [60, 60, 20]
    assert pairs_in(written(tmp_path, blocks)) == pairs_of(answers)


def test_no_answers_make_no_blocks() -> None:
    assert list(encoded_blocks(taken([]), 1, "champion")) == []
