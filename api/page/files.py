"""The page's files in memory, with the headers that they are sent with."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable

    from starlette.requests import Request

OWN, VENDOR = "static", "vendor"
"""Folders of the package: the project's files, and libraries as published, each in a folder named by its version."""

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Files of other types, such as licences, are not served."""

ASKED_AGAIN: Final = "no-cache"
KEPT: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class PageFile:
    """A file, and how it is sent.

    Attributes:
        content: its bytes.
        media_type: with the character set.
        cache: the header `Cache-Control`.
    """

    content: bytes
    media_type: str
    cache: str

    def answer(self, request: Request, headers: Mapping[str, str] | None = None) -> Response:
        """The file, or 304 where the browser has it."""
        etag = f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'
        sent = {"ETag": etag, "Cache-Control": self.cache, "X-Content-Type-Options": "nosniff", **(headers or {})}
        if _is_among(etag, request.headers.getlist("if-none-match")):
            return Response(status_code=304, headers=sent)
        return Response(self.content, media_type=self.media_type, headers=sent)


def read_files() -> dict[str, PageFile]:
    """Every file that is served, by its path below the page's folder."""
    package = resources.files(__package__)
    own = {path: _read(file, ASKED_AGAIN) for path, file in _below(package / OWN)}
    vendor = {f"{VENDOR}/{path}": _read(file, KEPT) for path, file in _below(package / VENDOR)}
    return own | vendor


def _below(folder: Traversable, path: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, f"{path}{entry.name}/")
        elif _suffix(entry) in TYPES:
            yield path + entry.name, entry


def _read(file: Traversable, cache: str) -> PageFile:
    return PageFile(file.read_bytes(), TYPES[_suffix(file)], cache)


def _suffix(file: Traversable) -> str:
    return file.name[file.name.rfind(".") :]


def _is_among(etag: str, values: list[str]) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in ",".join(values).split(",")]
    return etag in tags or "*" in tags
