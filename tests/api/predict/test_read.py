"""Requests are read as pydantic would read them, whoever reads them."""

from __future__ import annotations

import codecs
import datetime as dt
import json
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import MsgspecError
from pydantic import ValidationError

from api.http.errors import RefusedError
from api.predict import read as read_module
from api.predict.pair import MAX_ID
from api.predict.read import Reader
from api.predict.schema import DECODER, predict_request

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

MOST = 4
READER = Reader(MOST)
WORDED = predict_request(MOST)

PAIR = '{"store_id":1,"product_id":101}'

Asked = tuple[list[tuple[int | str, int | str]], dt.date | None, bool]


def read(body: bytes) -> Asked | None:
    try:
        question = READER.read(body)
    except RefusedError:
        return None
    assert question.store_id.dtype == question.product_id.dtype == "int64"
    stores, products = named(question.store_id, question.store), named(question.product_id, question.product)
    return list(zip(stores, products, strict=True)), question.date, question.shown


def named(numbers: npt.NDArray[np.int64], texts: Sequence[str | None] | None) -> list[int | str]:
    return [text or number for number, text in zip(numbers.tolist(), texts or repeat(None), strict=False)]


class RepeatedKeyError(Exception):
    """An object has a key twice."""


def with_keys_once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise RepeatedKeyError


def worded(body: bytes) -> Asked | None:
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        request = dict(WORDED.model_validate_json(body))
        json.loads(body, object_pairs_hook=with_keys_once)
    except (ValidationError, RepeatedKeyError):
        return None
    return (
        [
            (pair.get("store", pair.get("store_id")), pair.get("product", pair.get("product_id")))
            for pair in request["input"]
        ],
        request["date"],
        request["shown"],
    )


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
        f'{{"input":[{PAIR}],"shown":true}}',
        f'{{"shown":false,"input":[{PAIR}]}}',
        f'{{"input":[{PAIR}],"shown":true,"date":null}}',
        f'{{"input":[{PAIR}],"shown":false,"date":null}}',
        f'{{"input":[{PAIR}],"date":"2024-06-01","shown":true}}',
        f'{{"input":[{PAIR},{PAIR}, {PAIR},\n{PAIR}]}}',
        '{"input":[{"product_id":101,"store_id":1}]}',
        '{"input":[{"store\\u005fid":1,"product_id":101}]}',
        f'{{"input":[{PAIR}],"date":"2024\\u002d02-29"}}',
        f' {{ "input" : [ {{ "store_id" : 1 , "product_id" : {MAX_ID} }} ] , "date" : "2024-02-29" }} ',
        '\t{\n"input"\r:[{"store_id":\t1,\r\n"product_id":101}],"date":"0001-01-01"}\n',
    ],
)
def test_what_is_usual_is_read_at_once(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_read_at_once(body.encode())
    monkeypatch.delattr(read_module, "refuse_repeated_keys")  # the costly look is not needed
    assert read(body.encode()) is not None
    assert read(body.encode()) == worded(body.encode())


@pytest.mark.parametrize(
    "body",
    [
        f'{{"input":[{PAIR}],"date":"string"}}',
        f'{{"date":"\\u0073tring","input":[{PAIR}]}}',
        f'{{"date":"string","input":[{PAIR}],"shown":false}}',
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
        f'\ufeff\ufeff{{"input":[{PAIR}]}}',
        f' \ufeff{{"input":[{PAIR}]}}',
        '{"input":[{"store_id":1,"store_id":2,"product_id":101}]}',
        '{"input":[{"store_id":1,"product_id":101,"store\\u005fid":1}]}',
        '{"input":[{"store_id":"x","store_id":1,"product_id":101}]}',
        '{"input":[{"store":"x","store":"x","product_id":101}]}',
        '{"input":[{"store":"store_id","product":"a\\"b","product":"c"}]}',
        f'{{"input":[],"input":[{PAIR}]}}',
        f'{{"input":3,"input":[{PAIR}]}}',
        f'{{"input":[{PAIR}],"date":"never","date":"2024-06-01"}}',
        f'{{"input":[{PAIR}],"date":null,"date":null}}',
        f'{{"input":[{PAIR}],"date":null,"dat\\u0065":null}}',
        f'{{"input":[{PAIR}],"date":"2024-06-01","date":null}}',
        f'{{"input":[{PAIR}],"date":"string","date":"string"}}',
        f'{{"input":[{PAIR}],"shown":null}}',
        f'{{"input":[{PAIR}],"shown":1}}',
        f'{{"input":[{PAIR}],"shown":"true"}}',
        f'{{"input":[{PAIR}],"shown":True}}',
        f'{{"input":[{PAIR}],"shown":true,"shown":true}}',
        f'{{"input":[{PAIR}],"shown":false,"shown":true}}',
        f'{{"input":[{PAIR}],"shown":true,"show\\u006e":true}}',
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
shown: st.SearchStrategy[dict[str, object]] = st.just({}) | st.sampled_from([True, False, None, 1]).map(
    lambda shown: {"shown": shown}
)
requests = st.builds(
    lambda pairs, date, shown: {"input": pairs} | date | shown,
    st.lists(pairs, max_size=MOST + 1),
    st.just({})
    | st.sampled_from([None, "string", ""]).map(lambda date: {"date": date})
    | st.dates().map(lambda date: {"date": str(date)}),
    shown,
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


texts = st.text(min_size=1, max_size=5) | st.sampled_from(["date", "store", '"', "\\"])
named_stores = st.tuples(st.just("store_id"), ids) | st.tuples(st.just("store"), texts)
named_products = st.tuples(st.just("product_id"), ids) | st.tuples(st.just("product"), texts)
fields = st.lists(named_stores, min_size=1, max_size=2), st.lists(named_products, min_size=1, max_size=2)
dates = st.lists(st.sampled_from([None, "string", "2024-06-01"]).map(lambda date: ("date", date)), max_size=2)
flags = st.lists(st.booleans().map(lambda shown: ("shown", shown)), max_size=2)


def written(fields: list[tuple[str, Any]]) -> str:
    """An object, with its keys as often as they are here."""
    return "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in fields) + "}"


@given(
    pairs=st.lists(st.tuples(*fields).map(lambda both: [*both[0], *both[1]]), min_size=1, max_size=MOST),
    dates=dates,
    flags=flags,
    inputs=st.sampled_from([1, 1, 1, 2]),
    mark=st.sampled_from([b"", codecs.BOM_UTF8]),
    chance=st.randoms(use_true_random=False),
)
def test_a_key_that_is_written_twice_is_always_found(
    *,
    pairs: list[list[tuple[str, Any]]],
    dates: list[tuple[str, Any]],
    flags: list[tuple[str, Any]],
    inputs: int,
    mark: bytes,
    chance: random.Random,
) -> None:
    objects = [written([(key, json.dumps(value)) for key, value in pair]) for pair in pairs]
    others = [(key, json.dumps(value)) for key, value in (*dates, *flags)]
    top = [("input", f"[{','.join(objects)}]")] * inputs + others
    chance.shuffle(top)
    body = mark + written(top).encode()
    keys_once = all(len(dict(fields)) == len(fields) for fields in (top, *pairs))

    assert keys_once or read(body) is None
    assert read(body) == worded(body)
