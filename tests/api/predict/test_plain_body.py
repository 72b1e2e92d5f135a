"""Plainly written requests are read as the check of all others would read them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from api.predict.plain_body import read_plain
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.predict.schema import MAX_ID, predict_request

MOST = 4
REQUEST = predict_request(MOST)

DAY = dt.date(2024, 6, 1)
PAIR = '{"store_id":1,"product_id":101}'


def read(body: str) -> tuple[list[tuple[int, int]], dt.date | None] | None:
    asked = read_plain(body.encode(), MOST)
    if asked is None:
        return None
    return list(zip(asked.store_id.tolist(), asked.product_id.tolist(), strict=True)), asked.date


def checked(body: str) -> tuple[list[tuple[int, int]], dt.date | None] | None:
    try:
        request = REQUEST.model_validate_json(body.encode())
    except ValidationError:
        return None
    return [(pair["store_id"], pair["product_id"]) for pair in request.input], request.date


@pytest.mark.parametrize(
    "body",
    [
        f'{{"input":[{PAIR}]}}',
        f'{{"input":[{PAIR}],"date":"2024-06-01"}}',
        f'{{"input":[{PAIR},{PAIR}, {PAIR},\n{PAIR}]}}',
        '{"input":[{"product_id":101,"store_id":1}]}',
        f' {{ "input" : [ {{ "store_id" : 1 , "product_id" : {MAX_ID} }} ] , "date" : "2024-02-29" }} ',
        '\t{\n"input"\r:[{"store_id":\t1,\r\n"product_id":101}],"date":"0001-01-01"}\n',
    ],
)
def test_plain_requests(body: str) -> None:
    assert read(body) is not None
    assert read(body) == checked(body)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"date":"2024-06-01","input":[{PAIR}]}}',
        f'{{"input":[{PAIR}],"date":null}}',
        f'{{"input":[{PAIR}],"date":"string"}}',
        '{"input":[{"store\\u005fid":1,"product_id":101}]}',
        '{"input":[{"store_id":1,"store_id":2,"product_id":101}]}',
    ],
)
def test_valid_requests_that_are_not_plain_are_left_to_the_check(body: str) -> None:
    assert read(body) is None
    assert checked(body) is not None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "{}",
        '{"input"',
        '{"input":[]}',
        f'{{"input":[{PAIR},]}}',
        f'{{"input":[{PAIR} {PAIR}]}}',
        f'{{"input":[{PAIR}]',
        f'{{"input":[{PAIR}],}}',
        f'{{"input":[{PAIR}]}}}}',
        f'{{"input":[{PAIR}]}} 1',
        f'{{"input":[{",".join([PAIR] * (MOST + 1))}]}}',
        f'{{"input":[{",".join([PAIR] * MOST)},]}}',
        f'{{"input":[{PAIR}],"date":"2024-06-0',
        f'{{"input":[{PAIR}],"date":"2024-06-01',
        f'{{"input":[{PAIR}],"date":"2024-06-01"',
        f'{{"input":[{PAIR}],"date":"2024-06-01x"}}',
        f'{{"input":[{PAIR}],"date":"2024-6-1"}}',
        f'{{"input":[{PAIR}],"date":"2023-02-29"}}',
        f'{{"input":[{PAIR}],"date":"\uff12024-06-1"}}',
        f'{{"input":[{PAIR}],"dates":"2024-06-01"}}',
        f'{{"input":[{PAIR}]"date":"2024-06-01"}}',
        '{"input":[{"store_id":0,"product_id":101}]}',
        '{"input":[{"store_id":01,"product_id":101}]}',
        '{"input":[{"store_id":-1,"product_id":101}]}',
        '{"input":[{"store_id":1.0,"product_id":101}]}',
        '{"input":[{"store_id":1e2,"product_id":101}]}',
        '{"input":[{"store_id":"1","product_id":101}]}',
        '{"input":[{"store_id":,"product_id":101}]}',
        '{"input":[{"store_id":1 2,"product_id":101}]}',
        f'{{"input":[{{"store_id":{MAX_ID + 1},"product_id":101}}]}}',
        f'{{"input":[{{"store_id":{2**64 + 1},"product_id":101}}]}}',
        f'{{"input":[{{"store_id":{10**400},"product_id":101}}]}}',
        '{"input":[{"store_id":1}]}',
        '{"input":[{"store_id":1,"product_id":101,"extra":1}]}',
        '{"input":[{"store_id":1,"store_id":101}]}',
        f'\ufeff{{"input":[{PAIR}]}}',
        f'\v{{"input":[{PAIR}]}}',
    ],
)
def test_what_is_not_valid_is_left_to_the_check(body: str) -> None:
    assert read(body) is None
    assert checked(body) is None


ids = st.integers(1, MAX_ID) | st.integers(-1, 2 * MAX_ID)
pairs = st.fixed_dictionaries({"store_id": ids, "product_id": ids})
requests = st.builds(
    lambda pairs, date: {"input": pairs} | date,
    st.lists(pairs, min_size=1, max_size=MOST),
    st.just({}) | st.dates().map(lambda date: {"date": str(date)}),
)
separators = st.sampled_from([(",", ":"), (", ", ": "), (" ,", "\t:\n")])


@given(request=requests, separators=separators, cut=st.integers(0, 300), piece=st.text('{}[]",: 09ae', max_size=3))
def test_any_request_cut_and_patched(
    request: dict[str, Any], separators: tuple[str, str], cut: int, piece: str
) -> None:
    whole = json.dumps(request, separators=separators)
    for body in (whole, whole[:cut] + piece + whole[cut:], whole[:cut] + piece + whole[cut + len(piece) :]):
        plain = read(body)
        assert plain is None or plain == checked(body)
    assert (read(whole) is None) == (checked(whole) is None)
