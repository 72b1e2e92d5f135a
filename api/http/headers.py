"""Headers as the server gives them, read without building an object of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """The body's length as its headers declare it; 0 if they do not."""
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
