"""Text ids are found as a dictionary finds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quantity.online.keys import NO_KEYS, UNKNOWN, KeyIndex
from quantity.raw import FIRST_TEXT_ID, MOST_KEY_CHARACTERS

MAX_ID = 2**31 - 1

letters = st.characters(exclude_categories=["Cs", "Nd"])
keys = st.sets(st.text(letters, min_size=1, max_size=MOST_KEY_CHARACTERS), max_size=30)


def index(*texts: str) -> KeyIndex:
    """The texts' numbers are those that the reading of files gives."""
    return KeyIndex.build(texts, FIRST_TEXT_ID + np.arange(len(texts)))


@given(texts=keys, others=st.lists(st.text(letters, max_size=MOST_KEY_CHARACTERS)), seed=st.integers(0, 99))
def test_every_key_is_found_and_nothing_else(texts: set[str], others: list[str], seed: int) -> None:
    known = dict(zip(texts, range(FIRST_TEXT_ID, MAX_ID), strict=False))
    asked = np.random.default_rng(seed).permutation(np.array([*texts, *others, *texts], dtype=object)).tolist()

    found = index(*texts).numbers_of(asked)

    assert found.dtype == np.int64
    assert found.tolist() == [known.get(text, UNKNOWN) for text in asked]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s-001", "S-001"),
        ("Café", "Cafe"),
        ("Caf\u00e9", "Cafe\u0301"),
        ("a", "a\0"),
        ("a\0", "a\0\0"),
        ("é", "Ã©"),
        ("#1001", "1001#"),
    ],
)
def test_keys_that_differ_at_all_are_different(one: str, other: str) -> None:
    assert index(one).numbers_of([one, other]).tolist() == [FIRST_TEXT_ID, UNKNOWN]
    assert index(one, other).numbers_of([other, one]).tolist() == [FIRST_TEXT_ID + 1, FIRST_TEXT_ID]


@pytest.mark.parametrize("text", ["1", "55", "0055", "+55", "55.0", str(FIRST_TEXT_ID - 1)])
def test_a_whole_number_that_is_no_key_stands_for_itself(text: str) -> None:
    for numbers in (NO_KEYS, index("S-001")):
        assert numbers.numbers_of([text]).tolist() == [int(float(text))]


def test_a_key_of_digits_stands_for_its_number() -> None:
    assert index("S-001", "5012345678900").numbers_of(["5012345678900"]).tolist() == [FIRST_TEXT_ID + 1]


def test_text_never_asks_for_the_number_of_another_text() -> None:
    text = str(FIRST_TEXT_ID)

    assert index("S-001").numbers_of([text]).tolist() == [UNKNOWN]
    assert NO_KEYS.numbers_of([text, str(MAX_ID)]).tolist() == [FIRST_TEXT_ID, MAX_ID]


@pytest.mark.parametrize(
    "text", ["0", "", "-1", "++1", "1.5", "1.", "1e2", "0x1", "²", "٣", "1 000", str(MAX_ID + 1), "9" * 64]
)
def test_what_is_no_id_is_unknown(text: str) -> None:
    for numbers in (NO_KEYS, index("S-001")):
        assert numbers.numbers_of([text]).tolist() == [UNKNOWN]


def test_keys_take_their_bytes_and_their_numbers() -> None:
    texts = [f"{5_000_000_000_000 + 7 * i}" for i in range(10_000)]
    many = index(*texts)

    assert many.text.nbytes + many.number.nbytes == 10_000 * (13 + 4)
    assert many.count.nbytes <= 8 * 14
