"""Which texts may be ids, and why others may not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from quantity.raw import MOST_KEY_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_SCIENTIFIC = r"[+-]?[0-9]+(?:[.,][0-9]+[eE][+-]?|[eE]\+)[0-9]+"
_NEGATIVE = "[-\u2212] ?[0-9]+(?:[.,][0-9]+)?"
_DECIMAL = r"\+?[0-9]*[.,][0-9]+|[0-9]+[.,]"
_MISSING = "(?i:nan|na|n/a|#n/a|null|none|nil|#ref!|#value!|inf|-|)"
_UNPRINTABLE = "[\x00-\x1f\x7f-\x9f\ufffd]"
_NO_NAME: Final = f"^(?:{_SCIENTIFIC}|{_NEGATIVE}|{_DECIMAL}|{_MISSING})$|{_UNPRINTABLE}"
"""Damaged and missing numbers; for Python's expressions and Arrow's alike."""

SHORTENED: Final = (
    "is a number that a spreadsheet has shortened, and its last digits are lost: "
    "export the ids again, the column formatted as text or as a number without decimals."
)


def is_id_text(text: str) -> bool:
    """Whether a text that is no whole number in range may be an id."""
    return len(text) <= MOST_KEY_CHARACTERS and is_name(text)


def is_name(text: str) -> bool:
    """Whether a text is neither empty nor a damaged or missing number."""
    return re.search(_NO_NAME, text) is None


def are_id_texts(texts: pa.StringArray) -> pa.BooleanArray:
    """`is_id_text` of each text."""
    short = pc.less_equal(pc.utf8_length(texts), MOST_KEY_CHARACTERS)
    return pc.and_not(short, pc.match_substring_regex(texts, _NO_NAME))


def is_shortened(text: str) -> bool:
    """Whether a text is a number in scientific notation, as spreadsheets write long ones."""
    return re.fullmatch(_SCIENTIFIC, text) is not None


def advice_on_ids(examples: Sequence[str]) -> str:
    """What to do about faulty ids like these; empty if correcting them is all."""
    cells = [example.strip() for example in examples]
    shortened = next(filter(is_shortened, cells), None)
    if shortened is not None:
        return f"{shortened!r} {SHORTENED}"
    if any(map(is_id_text, cells)):
        return "If these are ids: `--ids text` (INPUT_IDS in .env) takes text beside whole numbers."
    return ""
