"""Requests are read as pydantic would read them, whoever reads them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import MsgspecError
from pydantic import ValidationError

from api.http.errors import RefusedError
from api.predict.read import Reader
from api.predict.schema import DECODER, MAX_ID, predict_request

MOST = 4
READER = Reader(MOST)
WORDED = predict_request(MOST)

PAIR = '{"store_id":1,"product_id":101}'

Asked = tuple[list[tuple[int, int]], dt.date | None]


def read(body: bytes) -> Asked | None:
    try:
        question = READER.read(body)
    except RefusedError:
        return None
    assert question.store_id.dtype == question.product_id.dtype == "int64"
    return list(zip(question.store_id.tolist(), question.product_id.tolist(), strict=True)), question.date


def worded(body: bytes) -> Asked | None:
    try:
        request = dict(WORDED.model_validate_json(body))
    except ValidationError:
        return None
    return [(pair["store_id"], pair["product_id"]) for pair in request["input"]], request["date"]


def is_read_at_once(body: bytes) -> bool:
    try:
        DECODER.decode(body)
    except (MsgspecError, UnicodeDecodeError):
        return False
    return True


@pytest.mark.parametrize(
    "body",
    [
        f'{{"input":[{PAIR}]}}',
        f'{{"input":[{PAIR}],"date":"2024-06-01"}}',
        f'{{"date":"2024-06-01","input":[{PAIR}]}}',
        f'{{"input":[{PAIR}],"date":null}}',
        f'{{"input":[{PAIR},{PAIR}, {PAIR},\n{PAIR}]}}',
        '{"input":[{"product_id":101,"store_id":1}]}',
        '{"input":[{"store\\u005fid":1,"product_id":101}]}',
        '{"input":[{"store_id":1,"store_id":2,"product_id":101}]}',
        f'{{"input":[{PAIR}],"date":"2024\\u002d02-29"}}',
        f' {{ "input" : [ {{ "store_id" : 1 , "product_id" : {MAX_ID} }} ] , "date" : "2024-02-29" }} ',
        '\t{\n"input"\r:[{"store_id":\t1,\r\n"product_id":101}],"date":"0001-01-01"}\n',
    ],
)
def test_what_is_usual_is_read_at_once(body: str) -> None:
    assert is_read_at_once(body.encode())
    assert read(body.encode()) is not None
    assert read(body.encode()) == worded(body.encode())


@pytest.mark.parametrize(
    "body",
    [
        f'{{"input":[{PAIR}],"date":"string"}}',
        f'{{"input":3,"input":[{PAIR}]}}',
        '{"input":[{"store_id":"x","store_id":1,"product_id":101}]}',
        f'{{"input":[{PAIR}],"date":"never","date":"2024-06-01"}}',
    ],
)
def test_what_is_rare_is_read_as_well(body: str) -> None:
    assert not is_read_at_once(body.encode())
    assert read(body.encode()) is not None
    assert read(body.encode()) == worded(body.encode())


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "{}",
        "null",
        '{"input"',
        '{"input":[]}',
        f'{{"input":[{PAIR},]}}',
        f'{{"input":[{PAIR} {PAIR}]}}',
        f'{{"input":[{PAIR}]',
        f'{{"input":[{PAIR}],}}',
        f'{{"input":[{PAIR}]}}}}',
        f'{{"input":[{PAIR}]}} 1',
        f'{{"input":[{PAIR}]}}\x00',
        f'{{"input":[{",".join([PAIR] * (MOST + 1))}]}}',
        f'{{"input":[{PAIR}],"date":"2024-06-01',
        f'{{"input":[{PAIR}],"date":"2024-06-01x"}}',
        f'{{"input":[{PAIR}],"date":"2024-06-01T00:00:00"}}',
        f'{{"input":[{PAIR}],"date":"2024-6-1"}}',
        f'{{"input":[{PAIR}],"date":"2023-02-29"}}',
        f'{{"input":[{PAIR}],"date":"0000-01-01"}}',
        f'{{"input":[{PAIR}],"date":"\uff12024-06-1"}}',
        f'{{"input":[{PAIR}],"date":20240601}}',
        f'{{"input":[{PAIR}],"dates":"2024-06-01"}}',
        f'{{"input":[{PAIR}]"date":"2024-06-01"}}',
        '{"input":[{"store_id":0,"product_id":101}]}',
        '{"input":[{"store_id":01,"product_id":101}]}',
        '{"input":[{"store_id":-1,"product_id":101}]}',
        '{"input":[{"store_id":-0,"product_id":101}]}',
        '{"input":[{"store_id":1.0,"product_id":101}]}',
        '{"input":[{"store_id":1e2,"product_id":101}]}',
        '{"input":[{"store_id":1E0,"product_id":101}]}',
        '{"input":[{"store_id":"1","product_id":101}]}',
        '{"input":[{"store_id":true,"product_id":101}]}',
        '{"input":[{"store_id":NaN,"product_id":101}]}',
        '{"input":[{"store_id":Infinity,"product_id":101}]}',
        '{"input":[{"store_id":,"product_id":101}]}',
        f'{{"input":[{{"store_id":{MAX_ID + 1},"product_id":101}}]}}',
        f'{{"input":[{{"store_id":{2**64 + 1},"product_id":101}}]}}',
        f'{{"input":[{{"store_id":{10**400},"product_id":101}}]}}',
        '{"input":[{"store_id":1}]}',
        '{"input":[{"store_id":1,"product_id":101,"extra":1}]}',
        '{"input":[{"store_id":1,"store_id":101}]}',
        '{"input":[[1,101]]}',
        f'{{"input":[{PAIR}],"\\ud800":1}}',
        f'{{"input":[{PAIR}],"date":"\\udfff"}}',
        f'\ufeff{{"input":[{PAIR}]}}',
        f'\v{{"input":[{PAIR}]}}',
        "[" * 10_000,
    ],
)
def test_what_is_wrong_is_refused(body: str) -> None:
    assert read(body.encode()) is None
    assert worded(body.encode()) is None


@pytest.mark.parametrize("name", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80"])
def test_bytes_that_are_not_utf8_are_refused(name: bytes) -> None:
    for body in (b'{"input":[%s],"%s":1}', b'{"input":[%s],"date":"%s"}'):
        assert read(body % (PAIR.encode(), name)) is None
        assert worded(body % (PAIR.encode(), name)) is None


ids = st.integers(1, MAX_ID) | st.integers(-1, 2 * MAX_ID)
pairs = st.fixed_dictionaries({"store_id": ids, "product_id": ids})
requests = st.builds(
    lambda pairs, date: {"input": pairs} | date,
    st.lists(pairs, max_size=MOST + 1),
    st.just({})
    | st.sampled_from([None, "string", ""]).map(lambda date: {"date": date})
    | st.dates().map(lambda date: {"date": str(date)}),
)
separators = st.sampled_from([(",", ":"), (", ", ": "), (" ,", "\t:\n")])


@given(
    request=requests,
    separators=separators,
    cut=st.integers(0, 300),
    piece=st.binary(max_size=3) | st.text('{}[]",: 09aeE.-+u\\', max_size=3).map(str.encode),
)
def test_any_request_cut_and_patched(
    request: dict[str, Any], separators: tuple[str, str], cut: int, piece: bytes
) -> None:
    whole = json.dumps(request, separators=separators).encode()
    for body in (whole, whole[:cut] + piece + whole[cut:], whole[:cut] + piece + whole[cut + len(piece) :]):
        assert read(body) == worded(body)
