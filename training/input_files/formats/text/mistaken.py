"""Texts that are no table, and what they are."""

from __future__ import annotations

import re
from typing import Final

from training.input_files.formats.description import UnusableFileError

_MARKUP: Final = re.compile(r"\s*<(?:!doctype html|html|head|body|script|!--)", re.IGNORECASE)
_NO_TABLES: Final = (
    (
        re.compile(r"version https://git-lfs\.github\.com/spec/"),
        "is a pointer of Git LFS, not the file itself; run `git lfs pull`",
    ),
    (re.compile(r"\s*<(?:\?xml|[A-Za-z][\w:-]*[\s>/])"), "is XML, not a table; export it as CSV or .xlsx"),
    (re.compile(r'\s*(?:\{\s*["}]|\[\s*[\[{\]])'), "is JSON, not a table; export it as CSV"),
    (
        re.compile(r"\s*(?:-- \w+ (?:dump|SQL)|CREATE TABLE |INSERT INTO |SET \w+\s*=)", re.IGNORECASE),
        "is an SQL script, not a table; export the table as CSV",
    ),
)
_TAG: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\0-\x08\x0b\x0e-\x19\x1b-\x1f]")
_BINARY_SHARE: Final = 0.05
_SHOWN_CHARACTERS: Final = 60


def ensure_table(name: str, head: str) -> None:
    """Recognize a text that is no table.

    Args:
        name: the file's name.
        head: how the text begins.

    Raises:
        UnusableFileError: naming what it is and what to do.
    """
    if told := _mistaken(head):
        raise UnusableFileError(f"{name}: {told}")


def _mistaken(head: str) -> str:
    if _MARKUP.match(head):
        return (
            f"is a web page{_saying(head)}, not a table; open the address in a browser, log in, and download the file"
        )
    for pattern, sentence in _NO_TABLES:
        if pattern.match(head):
            return sentence
    if len(_CONTROL.findall(head)) > _BINARY_SHARE * len(head):
        return "is not text, nor any kind of table that can be read; export it as CSV"
    return ""


def _saying(page: str) -> str:
    words = " ".join(_TAG.sub(" ", page).split())
    return f" ({words[:_SHOWN_CHARACTERS]!r})" if words else ""
