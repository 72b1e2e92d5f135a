"""The content of a file, unpacked on the way if it is packed."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

from training.input_files.formats.description import UnusableFileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_HEAD_BYTES: Final = 4096
_ENCRYPTED: Final = 0x1
_DOCUMENT_PARTS: Final = ("[Content_Types].xml", "mimetype", "Index/Document.iwa")
"""Members of a ZIP archive that is an office document."""


class ByteStream:
    """A content being read.

    Attributes:
        share: the share of the file read so far, 0 to 1.
    """

    def __init__(self, name: str, file: IO[bytes], unpacked: IO[bytes], size: int) -> None:
        self._name = name
        self._file = file
        self._unpacked = unpacked
        self._size = max(size, 1)

    @property
    def share(self) -> float:
        """The share of the file read so far, 0 to 1."""
        return min(self._file.tell() / self._size, 1.0)

    def read(self, size: int = -1) -> bytes:
        """Read the next bytes.

        Raises:
            UnusableFileError: if the file is damaged or the disk fails.
        """
        try:
            return self._unpacked.read(size)
        except EOFError as error:
            raise _unreadable(self._name, "the packed data end too early; copy or download the file again") from error
        except (OSError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            raise _unreadable(self._name, str(error)) from error


@dataclass(frozen=True)
class Content:
    """A file's content, which can be read more than once.

    Attributes:
        path: the file.
        compression: ``gzip``, ``zip``, or empty.
        member: of a ZIP archive, the name of the file inside it.
        head: the first bytes of the content.
    """

    path: Path
    compression: str = ""
    member: str = ""
    head: bytes = b""

    @contextmanager
    def open(self) -> Iterator[ByteStream]:
        """Read the content from its start.

        Raises:
            UnusableFileError: if the file cannot be opened.
        """
        name = self.path.name
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self.path.open("rb"))
                unpacked = self._unpacked(file, stack)
            except (OSError, zipfile.BadZipFile, NotImplementedError) as error:
                raise _unreadable(name, str(error)) from error
            yield ByteStream(name, file, unpacked, self.path.stat().st_size)

    def _unpacked(self, file: IO[bytes], stack: ExitStack) -> IO[bytes]:
        if self.compression == "gzip":
            return cast("IO[bytes]", stack.enter_context(gzip.GzipFile(fileobj=file)))
        if self.compression == "zip":
            archive = stack.enter_context(zipfile.ZipFile(file))
            return stack.enter_context(archive.open(self.member))
        return file


def content_of(path: Path) -> Content:
    """Find out how a file is packed, by its first bytes.

    Raises:
        UnusableFileError: if it cannot be read, or is an archive of more or less than one file.
    """
    head = _head(Content(path))
    if head.startswith(_GZIP):
        packed = Content(path, "gzip")
        return Content(path, "gzip", head=_head(packed))
    if head.startswith((_ZIP, _EMPTY_ZIP)) and (member := _only_member(path)):
        packed = Content(path, "zip", member)
        return Content(path, "zip", member, _head(packed))
    return Content(path, head=head)


def _head(content: Content) -> bytes:
    with content.open() as stream:
        return stream.read(_HEAD_BYTES)


def _only_member(path: Path) -> str:
    """The name of the file in an archive; empty if the archive is an office document."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (OSError, zipfile.BadZipFile) as error:
        raise UnusableFileError(
            f"{path.name}: begins like a spreadsheet or a ZIP archive and cannot be opened as one ({error}); "
            "copy or export it again"
        ) from error
    if any(member.filename in _DOCUMENT_PARTS for member in members):
        return ""
    files = [member for member in members if not _is_junk(member)]
    if len(files) != 1:
        inside = ", ".join(member.filename for member in files[:5]) or "none"
        raise UnusableFileError(
            f"{path.name}: is a ZIP archive of {len(files)} files ({inside}); expected exactly one: unpack it"
        )
    if files[0].flag_bits & _ENCRYPTED:
        raise UnusableFileError(f"{path.name}: is a ZIP archive with a password; unpack it")
    return files[0].filename


def _is_junk(member: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS and Windows add to archives."""
    parts = member.filename.split("/")
    return member.is_dir() or parts[0] == "__MACOSX" or parts[-1] in {".DS_Store", "Thumbs.db", "desktop.ini"}


def _unreadable(name: str, reason: str) -> UnusableFileError:
    return UnusableFileError(f"{name}: cannot be read: {reason}")
