"""From a file's bytes to UTF-8: found out, or as the user says."""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Final, Protocol

from training.input_files.formats.description import UnusableFileError

if TYPE_CHECKING:
    from training.input_files.formats.content import ByteStream

UTF_8: Final = "utf-8"
WINDOWS_1252: Final = "cp1252"
REPLACEMENT: Final = "\ufffd"

_MARKS: Final = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MOSTLY: Final = 0.7
_WORD: Final = re.compile(r"""[^\s,;|"]*[^\0-\x7f][^\s,;|"]*""")
_SHOWN_WORDS: Final = 3


class Reader(Protocol):
    """Bytes, read piece by piece."""

    def read(self, size: int = -1, /) -> bytes:
        """Read the next bytes."""


def encoding_of(name: str, head: bytes, told: str | None) -> tuple[str | None, int]:
    """Find out a text's encoding.

    Args:
        name: the file's name.
        head: how the text begins.
        told: the encoding, where the user says it.

    Returns:
        The encoding, None for UTF-8 or Windows-1252, which only the first character outside ASCII tells
        apart; and the length of the byte order mark, which overrides what the user says.

    Raises:
        UnusableFileError: if no encoding of that name is known.
    """
    mark, marked = next(((mark, encoding) for mark, encoding in _MARKS if head.startswith(mark)), (b"", None))
    said = _known(name, told) if told else None
    return marked or said or _by_zeros(head), len(mark)


def transcoded(stream: ByteStream, encoding: str | None, mark: int) -> Reader:
    """The text as UTF-8, or as its own bytes where `TextDecoder` is to tell the encoding."""
    stream.read(mark)
    return stream if encoding in {None, UTF_8} else _Transcoded(stream, encoding or UTF_8)


class TextDecoder:
    """Decodes the blocks of a text one after the other, and keeps what there is to say about it.

    A text is UTF-8 until proved otherwise: if the first characters outside ASCII are not UTF-8, all of them
    are Windows-1252. A text with some of either is damaged, and never guessed at.

    Attributes:
        words: the first words that hold converted characters, each with its line.
    """

    def __init__(self, encoding: str | None) -> None:
        """Start a text.

        Args:
            encoding: as `encoding_of` gives it.
        """
        self.words: list[tuple[int, str]] = []
        self._found = encoding
        self._own_bytes = encoding is None or encoding == UTF_8

    @property
    def encoding(self) -> str:
        """The encoding as far as the text is read; ASCII is UTF-8."""
        return self._found or UTF_8

    def decode(self, block: bytes, first_line: int) -> tuple[bytes, bool]:
        """Turn a block of whole lines into UTF-8.

        Returns:
            The block, and whether it holds bytes that the encoding does not know, now U+FFFD.
        """
        if block.isascii():
            return block, False
        if not self._own_bytes:
            return block, REPLACEMENT.encode() in block
        if self._found != WINDOWS_1252:
            try:
                block.decode(UTF_8)
            except UnicodeDecodeError:
                if self._found is not None or _has_utf_8(block):
                    self._found = UTF_8
                    return block.decode(UTF_8, "replace").encode(), True
            else:
                self._found = UTF_8
                return block, False
        self._found = WINDOWS_1252
        text = block.decode(WINDOWS_1252, "replace")
        self._note_words(text, first_line)
        return text.encode(), REPLACEMENT in text

    def _note_words(self, text: str, first_line: int) -> None:
        if len(self.words) < _SHOWN_WORDS:
            lines = enumerate(io.StringIO(text, newline=""), first_line)
            words = [(line, word) for line, content in lines for word in _WORD.findall(content)]
            self.words = list(dict.fromkeys(self.words + words))[:_SHOWN_WORDS]


class _Transcoded:
    def __init__(self, stream: ByteStream, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int = -1) -> bytes:
        while chunk := self._stream.read(size):
            if text := self._decoder.decode(chunk):
                return text.encode()
        return self._decoder.decode(b"", final=True).encode()


def _known(name: str, told: str) -> str:
    try:
        found = codecs.lookup(told).name
        "".encode(found)
    except LookupError:
        raise UnusableFileError(
            f"{name}: no encoding is called {told!r}; `--encoding` (INPUT_ENCODING) takes names like "
            "utf-8, utf-16, cp1252, cp1250, shift_jis"
        ) from None
    return UTF_8 if found == "utf-8-sig" else found


def _by_zeros(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    half = len(head) // 2
    if half and head[1::2].count(0) > _MOSTLY * half and head[::2].count(0) == 0:
        return "utf-16-le"
    if half and head[::2].count(0) > _MOSTLY * half and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _has_utf_8(block: bytes) -> bool:
    text = block.decode(UTF_8, "replace").replace(REPLACEMENT, "")
    return not text.isascii()
