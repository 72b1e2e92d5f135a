"""Encodings of a body other than UTF-8, which JSON is written in."""

from __future__ import annotations

import codecs
from typing import Final

from api.http.errors import not_utf8

UTF8_MARK: Final = codecs.BOM_UTF8

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def refuse_other_encodings(body: bytes) -> None:
    """See that a body is UTF-8.

    Raises:
        RefusedError: 422, it is not.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            raise not_utf8(encoding)
    # JSON begins with a character of ASCII, and has no NUL.
    if b"\0" in body[:4]:
        raise not_utf8("UTF-16 or UTF-32, by its NUL bytes")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise not_utf8(f"another encoding: byte {error.start + 1} does not fit") from None
