"""Every kind of bad request gets its status, its place and its reason, and never a 500."""

from __future__ import annotations

import codecs
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from api.http.errors import MAX_FAULTS, MAX_NAME
from api.http.json_documents import InvalidRequest
from tests.support.api.small_market import body_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.api.apps import App

URL = "/quantity/predict"
GOOD = '{"store_id": 1, "product_id": 101}'


def one(store_id: str, product_id: str = "101") -> bytes:
    return f'{{"input": [{{"store_id": {store_id}, "product_id": {product_id}}}]}}'.encode()


def dated(date: str) -> bytes:
    return f'{{"input": [{GOOD}], "date": {date}}}'.encode()


def shown(value: str) -> bytes:
    return f'{{"input": [{GOOD}], "shown": {value}}}'.encode()


@dataclass(frozen=True)
class Bad:
    """A bad body, and the place and type of its first fault."""

    name: str
    body: bytes
    place: tuple[str | int, ...]
    type: str


STORE = ("body", "input", 0, "store_id")
BAD = [
    # not JSON
    Bad("empty", b"", ("body",), "json_invalid"),
    Bad("blank", b" \n", ("body",), "json_invalid"),
    Bad("words", b"input", ("body",), "json_invalid"),
    Bad("cut short", b'{"input": [', ("body",), "json_invalid"),
    Bad("trailing text", one("1") + b" x", ("body",), "json_invalid"),
    Bad("two documents", one("1") * 2, ("body",), "json_invalid"),
    Bad("trailing comma", f'{{"input": [{GOOD},]}}'.encode(), ("body",), "json_invalid"),
    Bad("single quotes", b"{'input': []}", ("body",), "json_invalid"),
    Bad("leading zero", one("01"), ("body",), "json_invalid"),
    Bad("hexadecimal", one("0x10"), ("body",), "json_invalid"),
    Bad("two byte-order marks", codecs.BOM_UTF8 * 2 + one("1"), ("body",), "json_invalid"),
    Bad("UTF-16", one("1").decode().encode("utf-16"), ("body",), "json_invalid"),
    Bad("UTF-32", one("1").decode().encode("utf-32"), ("body",), "json_invalid"),
    Bad("Latin-1", '{"input": "é"}'.encode("latin-1"), ("body",), "json_invalid"),
    Bad("overlong UTF-8", b'{"input": "\xc0\xaf"}', ("body",), "json_invalid"),
    Bad("lone surrogate", b'{"input": "\\ud800"}', ("body",), "json_invalid"),
    Bad("lone surrogate as a name", b'{"\\udfff": 1}', ("body",), "json_invalid"),
    Bad("NUL bytes", b"\x00" * 8, ("body",), "json_invalid"),
    Bad("deep lists", b"[" * 100_000, ("body",), "json_invalid"),
    Bad("deep objects", b'{"input":' * 20_000, ("body",), "json_invalid"),
    Bad("deep in an unknown field", b'{"x": ' + b"[" * 500 + b"]" * 500 + b"}", ("body",), "json_invalid"),
    Bad("integer of 5,000 digits", one("9" * 5000), ("body",), "json_invalid"),
    # the wrong shape
    Bad("null", b"null", ("body",), "model_type"),
    Bad("number", b"1", ("body",), "model_type"),
    Bad("NaN", b"NaN", ("body",), "model_type"),
    Bad("text", b'"input"', ("body",), "model_type"),
    Bad("list", f"[{GOOD}]".encode(), ("body",), "model_type"),
    Bad("no input", b"{}", ("body", "input"), "missing"),
    Bad("input null", b'{"input": null}', ("body", "input"), "list_type"),
    Bad("input an object", f'{{"input": {GOOD}}}'.encode(), ("body", "input"), "list_type"),
    Bad("input text", b'{"input": "[]"}', ("body", "input"), "list_type"),
    Bad("no pairs", b'{"input": []}', ("body", "input"), "too_short"),
    Bad("too many pairs", json.dumps(body_of([(1, 101)] * 10_001)).encode(), ("body", "input"), "too_long"),
    Bad("pair a list", b'{"input": [[1, 101]]}', ("body", "input", 0), "dict_type"),
    Bad("pair null", b'{"input": [null]}', ("body", "input", 0), "dict_type"),
    Bad("second pair bad", f'{{"input": [{GOOD}, 7]}}'.encode(), ("body", "input", 1), "dict_type"),
    Bad("no product", b'{"input": [{"store_id": 1}]}', ("body", "input", 0, "product_id"), "missing"),
    Bad("more fields than any request needs", b'{"input":' * 50_000, ("body",), "too_many_fields"),
    Bad("unknown field", f'{{"input": [{GOOD}], "dates": 1}}'.encode(), ("body", "dates"), "extra_forbidden"),
    Bad(
        "unknown field of a pair",
        b'{"input": [{"store_id": 1, "product_id": 101, "x": 1}]}',
        ("body", "input", 0, "x"),
        "extra_forbidden",
    ),
    Bad("name in other letters", f'{{"Input": [{GOOD}]}}'.encode(), ("body", "input"), "missing"),
    Bad("store twice", one('2, "store_id": 1'), STORE, "repeated_key"),
    Bad("store twice, once escaped", one('2, "store\\u005fid": 1'), STORE, "repeated_key"),
    Bad("the same store twice", one('1, "store_id": 1'), STORE, "repeated_key"),
    Bad("product twice", one("1", '2, "product_id": 101'), ("body", "input", 0, "product_id"), "repeated_key"),
    Bad(
        "text twice",
        one("1", '2, "store": "a", "store": "b"').replace(b'"store_id": 1, ', b""),
        ("body", "input", 0, "store"),
        "repeated_key",
    ),
    Bad("input twice", f'{{"input": 3, "input": [{GOOD}]}}'.encode(), ("body", "input"), "repeated_key"),
    Bad("date twice", dated('null, "date": "2024-06-01"'), ("body", "date"), "repeated_key"),
    Bad("date twice, both null", dated('null, "date": null'), ("body", "date"), "repeated_key"),
    Bad("date twice, once the placeholder", dated('"string", "date": null'), ("body", "date"), "repeated_key"),
    Bad("shown twice", shown('false, "shown": true'), ("body", "shown"), "repeated_key"),
    Bad("shown twice, both true", shown('true, "shown": true'), ("body", "shown"), "repeated_key"),
    Bad("shown twice, once escaped", shown('true, "\\u0073hown": true'), ("body", "shown"), "repeated_key"),
    Bad(
        "store of the second pair twice",
        f'{{"input": [{GOOD}, {{"store_id": 1, "product_id": 1, "store_id": 1}}]}}'.encode(),
        ("body", "input", 1, "store_id"),
        "repeated_key",
    ),
    # the wrong value
    Bad("zero", one("0"), STORE, "greater_than_equal"),
    Bad("minus zero", one("-0"), STORE, "greater_than_equal"),
    Bad("negative", one("-5"), STORE, "greater_than_equal"),
    Bad("2^31", one(str(2**31)), STORE, "less_than_equal"),
    Bad("2^63", one(str(2**63)), STORE, "less_than_equal"),
    Bad("integer of 400 digits", one("9" * 400), STORE, "less_than_equal"),
    Bad("fraction", one("1.5"), STORE, "int_type"),
    Bad("whole float", one("1.0"), STORE, "int_type"),
    Bad("exponent", one("1e2"), STORE, "int_type"),
    Bad("overflowing float", one("1e400"), STORE, "int_type"),
    Bad("not a number", one("NaN"), STORE, "int_type"),
    Bad("infinity", one("-Infinity"), STORE, "int_type"),
    Bad("true", one("true"), STORE, "int_type"),
    Bad("digits in quotes", one('"1"'), STORE, "int_type"),
    Bad("id null", one("null"), STORE, "int_type"),
    Bad("id a list", one("[1]"), STORE, "int_type"),
    Bad("shown null", shown("null"), ("body", "shown"), "bool_type"),
    Bad("shown a number", shown("0"), ("body", "shown"), "bool_type"),
    Bad("shown text", shown('"false"'), ("body", "shown"), "bool_type"),
    Bad("shown a list", shown("[true]"), ("body", "shown"), "bool_type"),
    Bad("bad product", one("1", "0"), ("body", "input", 0, "product_id"), "greater_than_equal"),
    *(
        Bad(f"date {date}", dated(date), ("body", "date"), "date")
        for date in (
            '""',
            '"2022-02-30"',
            '"2023-02-29"',
            '"0000-01-01"',
            '"2022-13-01"',
            '"2022-1-5"',
            '"20220105"',
            '"2022-W01-1"',
            '"05.11.2022"',
            '"2022-11-05T00:00:00"',
            '" 2022-11-05"',
            '"2022-11-05\\n"',
            '"２０２２-11-05"',  # noqa: RUF001 - digits that are not ASCII
            '"String"',
            '"today"',
            "20221105",
            "1667606400",
            "1.5",
            "NaN",
            "true",
            "[]",
            "{}",
        )
    ),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_body_is_a_422_with_place_and_reason(shared_app: App, bad: Bad) -> None:
    answer = shared_app.client.post(URL, content=bad.body, headers={"content-type": "application/json"})

    assert answer.status_code == 422, answer.text
    first = InvalidRequest.model_validate_json(answer.content, strict=True).detail[0]
    assert (tuple(first.loc), first.type) == (bad.place, bad.type)
    assert first.msg


def test_json_faults_name_line_and_column(shared_app: App) -> None:
    answer = shared_app.client.post(URL, content=b'{"input":\n  [1,, 2]}')

    assert "line 2 column 6" in answer.json()["detail"][0]["msg"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (one("1").decode().encode("utf-16"), "UTF-16"),
        (one("1").decode().encode("utf-32"), "UTF-32"),
        (one("1").decode().encode("utf-16-le"), "UTF-16"),
        (one("1").decode().encode("utf-32-be"), "UTF-32"),
        ('{"input": "é"}'.encode("latin-1"), "byte 12"),
    ],
)
def test_another_encoding_than_utf8_is_named(shared_app: App, body: bytes, told: str) -> None:
    message = shared_app.client.post(URL, content=body).json()["detail"][0]["msg"]

    assert "should be UTF-8" in message
    assert told in message


def test_a_byte_order_mark_changes_nothing(shared_app: App) -> None:
    answers = [shared_app.client.post(URL, content=mark + dated("null")) for mark in (b"", codecs.BOM_UTF8)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/json;charset=UTF-16", "text/plain", "text/json", "", "x"]
)
def test_the_content_type_decides_nothing(shared_app: App, kind: str) -> None:
    assert shared_app.client.post(URL, content=one("1"), headers={"content-type": kind}).status_code == 200


def test_the_first_faults_are_listed_and_all_are_counted(shared_app: App) -> None:
    answer = shared_app.client.post(URL, json={"input": [{}] * 500})

    assert len(answer.json()["detail"]) == MAX_FAULTS
    assert answer.json()["error_count"] == 1000


def test_long_names_are_cut(shared_app: App) -> None:
    answer = shared_app.client.post(URL, json={"input": [{"store_id": 1, "product_id": 1}], "é" * 10_000: 1})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][1] == "é" * MAX_NAME + "…"


def test_no_value_of_the_request_is_repeated(shared_app: App) -> None:
    for body in (one('"<script>"'), one("NaN"), dated('"<script>"'), b'{"input": "<script>"}'):
        assert b"script" not in shared_app.client.post(URL, content=body).content


def test_as_many_pairs_as_allowed_are_answered(shared_app: App) -> None:
    assert shared_app.client.post(URL, json=body_of([(1, 101)] * 10_000)).status_code == 200


def padded(length: int) -> bytes:
    return one("1").ljust(length)


def in_pieces(content: bytes) -> Iterator[bytes]:
    """Sent in chunks, without a declared length."""
    yield from (content[i : i + 100_000] for i in range(0, len(content), 100_000))


def test_a_body_of_just_the_largest_size_is_answered(shared_app: App) -> None:
    assert shared_app.client.post(URL, content=padded(2_000_000)).status_code == 200
    assert shared_app.client.post(URL, content=in_pieces(padded(2_000_000))).status_code == 200


@pytest.mark.parametrize("send", [bytes, in_pieces], ids=["with its length", "without its length"])
def test_a_larger_body_is_a_413(shared_app: App, send: type[bytes]) -> None:
    answer = shared_app.client.post(URL, content=send(padded(2_000_001)))

    assert answer.status_code == 413
    assert answer.json() == {"detail": "the body is larger than 2000000 bytes"}


@pytest.mark.parametrize("path", ["/nothing", "/quantity", "/quantity/predict/1", "/documentation/x", "/%00"])
def test_an_unknown_path_is_a_404_in_json(shared_app: App, path: str) -> None:
    answer = shared_app.client.get(path)

    assert answer.status_code == 404
    assert answer.json() == {"detail": "Not Found"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", URL), ("PUT", URL), ("DELETE", URL), ("PATCH", URL), ("POST", "/quantity/model"), ("POST", "/metrics")],
)
def test_another_method_is_a_405_in_json(shared_app: App, method: str, path: str) -> None:
    answer = shared_app.client.request(method, path)

    assert answer.status_code == 405
    assert answer.json() == {"detail": "Method Not Allowed"}
    assert answer.headers["allow"]
