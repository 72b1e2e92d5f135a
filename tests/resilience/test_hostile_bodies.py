"""Bodies made to cost as much as they can: refused with a place and a reason, while others are answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from api.http.errors import MAX_FAULTS as LISTED
from api.http.json_documents import InvalidRequest
from tests.support.faults.endless_clients import PATH

if TYPE_CHECKING:
    from tests.support.faults.endless_clients import Load
    from tests.support.faults.service_status import Watch

BYTES = 1_900_000
MAX_FAULTS = 50_000
"""More are not even counted."""


def filled(pattern: str, begin: str = "", end: str = "") -> bytes:
    """A body of nearly the largest size: the pattern again and again, numbered."""
    count = BYTES // (len(pattern % 100_000) + 1)
    return (begin + ",".join(pattern % number for number in range(100_000, 100_000 + count)) + end).encode()


def nested(begin: bytes, end: bytes) -> bytes:
    depth = BYTES // (len(begin) + len(end))
    return begin * depth + end * depth


@dataclass(frozen=True)
class Hostile:
    """A body, and the place of its first fault."""

    name: str
    body: bytes
    place: tuple[str | int, ...]


HOSTILE = [
    Hostile("unknown fields", filled('"%d":0', "{", "}"), ("body",)),
    Hostile("unknown fields in pairs", filled('{"%d":0,"b":0,"c":0,"d":0}', '{"input":[', "]}"), ("body",)),
    Hostile("one name again and again", filled('"input":[%d]', "{", "}"), ("body",)),
    Hostile("pairs without end", filled('{"store_id":%d,"product_id":1}', '{"input":[', "]}"), ("body",)),
    Hostile("numbers for pairs", filled("%d", '{"input":[', "]}"), ("body", "input")),
    Hostile("empty pairs", filled("{ }%.0s", '{"input":[', "]}"), ("body", "input")),
    Hostile("numbers for a date", filled("%d", '{"input":[],"date":[', "]}"), ("body", "input")),
    Hostile("a long number", b'{"input":[{"store_id":' + b"9" * BYTES + b"}]}", ("body",)),
    Hostile("a long fraction", b'{"input":[{"store_id":0.' + b"9" * BYTES + b"}]}", ("body", "input", 0, "store_id")),
    Hostile("a long name", b'{"' + b"x" * BYTES + b'":1}', ("body", "input")),
    Hostile("a long text", b'{"input":"' + b"x" * BYTES + b'"}', ("body", "input")),
    Hostile("a text of escapes", b'{"input":"' + b"\\u0041" * (BYTES // 6) + b'"}', ("body", "input")),
    Hostile("lists in lists", nested(b"[", b"]"), ("body",)),
    Hostile("objects in objects", nested(b'{"input":', b"}"), ("body",)),
    Hostile("blanks", b" " * BYTES, ("body",)),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_body(service: Watch, load: Load, hostile: Hostile) -> None:
    answer = service.process.client.post(PATH, content=hostile.body)

    assert answer.status_code == 422
    told = InvalidRequest.model_validate_json(answer.content, strict=True)
    assert tuple(told.detail[0].loc) == hostile.place, told.detail[0]
    assert told.detail[0].msg
    assert told.error_count <= MAX_FAULTS
    load.wait_for_more()


def test_every_field_twice_is_refused_with_the_places(service: Watch) -> None:
    pairs = [{"store_id": 1, "product_id": 101}] * 5_000
    twice = json.dumps({"input": pairs}).replace('"store_id"', '"store_id": 2, "store_id"')

    answer = service.process.client.post(PATH, content=twice)

    told = InvalidRequest.model_validate_json(answer.content, strict=True)
    assert (answer.status_code, told.error_count) == (422, len(pairs))
    assert [fault.loc for fault in told.detail] == [["body", "input", i, "store_id"] for i in range(LISTED)]
