"""The digest of files: whether they have changed, whatever their times say."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_PIECE_BYTES: Final = 1 << 20


def digest_of(paths: Iterable[Path]) -> str:
    """The SHA-256 digest of the files' names and contents, in hexadecimal, whatever their order.

    Raises:
        OSError: if one cannot be read.
    """
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: path.name):
        name = path.name.encode("utf-8", "surrogateescape")
        # Lengths first: no other files have the same bytes in a row.
        digest.update(f"{len(name)} {path.stat().st_size} ".encode() + name)
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                digest.update(piece)
    return digest.hexdigest()
