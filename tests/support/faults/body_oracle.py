"""What makes a body a valid request, written down a second time and with other means than the service's."""

from __future__ import annotations

import codecs
import datetime as dt
import json
import re
from typing import Any, NoReturn

MAX_ID, MAX_PAIRS, MAX_CHARACTERS = 2**31 - 1, 10_000, 64
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_valid(body: bytes) -> bool:
    """Whether the service must answer it."""
    try:
        text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        request = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(request, dict)
        and request.keys() <= {"input", "date", "shown"}
        and _are_pairs(request.get("input"))
        and _is_date(request.get("date"))
        and isinstance(request.get("shown", True), bool)
    )


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key is repeated")
    return dict(pairs)


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


def _are_pairs(pairs: Any) -> bool:
    return isinstance(pairs, list) and 1 <= len(pairs) <= MAX_PAIRS and all(map(_is_pair, pairs))


def _is_pair(pair: Any) -> bool:
    return (
        isinstance(pair, dict)
        and len(pair) == 2
        and len(pair.keys() & {"store_id", "store"}) == len(pair.keys() & {"product_id", "product"}) == 1
        and all(_is_id(value) if name.endswith("_id") else _is_text(value) for name, value in pair.items())
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= MAX_CHARACTERS and not _LONE_SURROGATE.search(value)


def _is_id(value: Any) -> bool:
    return type(value) is int and 1 <= value <= MAX_ID


def _is_date(value: Any) -> bool:
    if value is None or value == "string":
        return True
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True
