"""Pairs that are named by text are read, and refused, by whichever reader sees them first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.errors import RefusedError
from api.predict.read import Question, Reader
from quantity.online.keys import UNKNOWN
from tests.support.faults.body_oracle import MAX_CHARACTERS, MAX_ID, is_valid

MOST = 4
READER = Reader(MOST)

ids = st.integers(1, MAX_ID)
texts = st.text(min_size=1, max_size=MAX_CHARACTERS)
odd: st.SearchStrategy[Any] = st.sampled_from([0, MAX_ID + 1, "", "x" * (MAX_CHARACTERS + 1), None, 1.5, True, [], {}])
names = ["store_id", "store", "product_id", "product"]
good_pairs = st.one_of(
    st.fixed_dictionaries({"store": texts, "product": texts}),
    st.fixed_dictionaries({"store_id": ids, "product": texts}),
    st.fixed_dictionaries({"store": texts, "product_id": ids}),
    st.fixed_dictionaries({"store_id": ids, "product_id": ids}),
)
any_pairs = st.dictionaries(st.sampled_from([*names, "shop"]), ids | texts | odd, max_size=4)
dates = st.dates().map(str) | st.sampled_from([None, "string", "today"])
others = st.fixed_dictionaries({}, optional={"date": dates, "shown": st.sampled_from([True, False, None])})


def requests(pairs: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda pairs, others: {"input": pairs} | others, st.lists(pairs, max_size=MOST), others)


def read(body: bytes) -> Question | None:
    try:
        return READER.read(body)
    except RefusedError:
        return None


def asked(question: Question) -> list[dict[str, Any]]:
    """The pairs as they were written."""
    n = len(question.store_id)
    columns = (
        question.store_id.tolist(),
        question.store or [None] * n,
        question.product_id.tolist(),
        question.product or [None] * n,
    )
    rows = zip(*columns, strict=True)
    return [
        {name: value for name, value in zip(names, row, strict=True) if value not in (None, UNKNOWN)} for row in rows
    ]


@given(request=requests(good_pairs) | requests(good_pairs | any_pairs), escaped=st.booleans())
def test_any_pairs(request: dict[str, Any], *, escaped: bool) -> None:
    body = json.dumps(request, ensure_ascii=escaped).encode("utf-8", "surrogatepass")

    question = read(body)

    assert (question is not None) == is_valid(body)
    if question is not None:
        assert asked(question) == request["input"]
        assert question.store_id.dtype == question.product_id.dtype == "int64"
        assert str(question.date or request.get("date")) == str(request.get("date"))
        assert question.shown is request.get("shown", True)


@pytest.mark.parametrize("text", ['"', '\\"', "\\", ':":{}[],', "urn:isbn:5012345678900", "\n", "\0", "𝄞" * 64])
def test_no_text_is_taken_for_the_structure_around_it(text: str) -> None:
    pairs = [{"store": text, "product": text}] * 4

    question = read(json.dumps({"input": pairs, "date": "2024-06-01"}).encode())

    assert question is not None
    assert asked(question) == pairs


def faults(body: bytes) -> list[tuple[tuple[str | int, ...], str]]:
    with pytest.raises(RefusedError) as caught:
        READER.read(body)
    return [(tuple(fault["loc"]), fault["type"]) for fault in caught.value.content["detail"]]


@pytest.mark.parametrize(
    ("pair", "place", "kind"),
    [
        ({"store_id": 1, "store": "a", "product_id": 2}, "store", "named_twice"),
        ({"store": "a", "product": "b", "product_id": 2}, "product", "named_twice"),
        ({"store": "a"}, "product_id", "missing"),
        ({"product": "b"}, "store_id", "missing"),
        ({"store": "", "product": "b"}, "store", "string_too_short"),
        ({"store": "a", "product": "b" * 65}, "product", "string_too_long"),
        ({"store": 1, "product": "b"}, "store", "string_type"),
        ({"store": None, "product": "b"}, "store", "string_type"),
        ({"store": "a", "product_id": "2"}, "product_id", "int_type"),
        ({"store": "a", "product": "b", "shop": 1}, "shop", "extra_forbidden"),
    ],
)
def test_a_fault_is_told_with_its_place(pair: dict[str, Any], place: str, kind: str) -> None:
    good = {"store": "a", "product": "b"}

    assert faults(json.dumps({"input": [good, pair]}).encode()) == [(("body", "input", 1, place), kind)]


def test_as_many_pairs_of_texts_with_colons_as_of_numbers_are_read() -> None:
    most = 10_000
    pairs = [{"store": f"urn:shop:{i}", "product": f"urn:isbn:{i}"} for i in range(most)]

    question = Reader(most).read(json.dumps({"input": pairs, "date": "string", "shown": False}).encode())

    assert len(question.store_id) == most
