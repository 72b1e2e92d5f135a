"""A text cut into blocks of whole lines, as UTF-8, each with the number of its first line."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from training.input_files.formats.description import UnusableFileError
from training.input_files.formats.text.encodings import TextDecoder, encoding_of, transcoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.input_files.formats.content import ByteStream, Content

_BLOCK_BYTES: Final = 1 << 20
_LONGEST_LINE: Final = 1 << 24
"""Bytes."""
_LF: Final = ord("\n")
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


class TextBlock(NamedTuple):
    """Some lines of a text.

    Attributes:
        first_line: number of its first line, counted from 1.
        data: the lines, in UTF-8.
        damaged: whether it holds bytes that the encoding does not know, now U+FFFD.
        last: whether the text ends with it.
        raw: the lines as they were read.
    """

    first_line: int
    data: bytes
    damaged: bool
    last: bool
    raw: bytes

    def before(self, line: int) -> TextBlock:
        """The part of the block before a line."""
        lines = line - self.first_line
        data, raw = self.data[: _length_of(self.data, lines)], self.raw[: _length_of(self.raw, lines)]
        return self._replace(data=data, raw=raw, last=False)

    def since(self, line: int) -> TextBlock:
        """The part of the block from a line on."""
        lines = line - self.first_line
        data, raw = self.data[_length_of(self.data, lines) :], self.raw[_length_of(self.raw, lines) :]
        return self._replace(first_line=line, data=data, raw=raw)


class Text:
    """A content as text, which can be read more than once.

    Attributes:
        decoder: knows the encoding as far as the text was read.
    """

    def __init__(self, content: Content, encoding: str | None) -> None:
        """Find out the encoding.

        Args:
            content: the file's content.
            encoding: as the user says.

        Raises:
            UnusableFileError: if there is no encoding of that name.
        """
        self._content = content
        self._encoding, self._mark = encoding_of(content.path.name, content.head, encoding)
        self.decoder = TextDecoder(self._encoding)

    @contextmanager
    def open(self) -> Iterator[TextBlocks]:
        """Read the text from its start."""
        with self._content.open() as stream:
            yield TextBlocks(self._content.path.name, stream, self._encoding, self._mark, self.decoder)


class TextBlocks:
    """One pass over a text."""

    def __init__(self, name: str, stream: ByteStream, encoding: str | None, mark: int, decoder: TextDecoder) -> None:
        self._name = name
        self._stream = stream
        self._source = transcoded(stream, encoding, mark)
        self._decoder = decoder
        self._line = 1
        self._rest = b""
        self._ahead = self._source.read(_BLOCK_BYTES)

    @property
    def share(self) -> float:
        """The share of the file read so far, 0 to 1."""
        return self._stream.share

    def next(self) -> TextBlock | None:
        """The next lines, about 1 MB; None behind the end.

        Raises:
            UnusableFileError: if the file is damaged, or a line has more than 16 MB.
        """
        if not self._rest and not self._ahead:
            return None
        end = 0
        while not end:
            ended = self._read_on()
            end = len(self._rest) if ended else _last_line_end(self._rest)
            if not end and len(self._rest) > _LONGEST_LINE:
                raise UnusableFileError(f"{self._name}: line {self._line} is longer than 16 MB; export the file as CSV")
        return self._cut(end)

    def take(self, size: int) -> TextBlock:
        """The next lines, as many as an earlier pass had in a block.

        Args:
            size: of the block as it was read, in bytes.
        """
        while len(self._rest) < size and not self._read_on():
            pass
        return self._cut(size)

    def give_back(self, block: TextBlock) -> None:
        """Put lines that were read before the next block."""
        self._rest = block.raw + self._rest
        self._line = block.first_line

    def _read_on(self) -> bool:
        """Read one piece; true at the end of the text."""
        self._rest += self._ahead
        self._ahead = self._source.read(_BLOCK_BYTES)
        return not self._ahead

    def _cut(self, size: int) -> TextBlock:
        raw, self._rest = self._rest[:size], self._rest[size:]
        data, damaged = self._decoder.decode(raw, self._line)
        block = TextBlock(self._line, data, damaged, not self._ahead and not self._rest, raw)
        self._line += count_lines(raw)
        return block


def count_lines(block: bytes) -> int:
    """The number of line ends: LF, CR, or both together."""
    # NumPy compares many bytes at once, where `bytes.count` stops at each of the frequent line ends.
    count = int(np.count_nonzero(np.frombuffer(block, np.uint8) == _LF))
    if b"\r" in block:
        count += block.count(b"\r") - block.count(b"\r\n")
    return count


def _last_line_end(buffer: bytes) -> int:
    """The length up to the last line end that is certain: a CR at the very end may go on with LF."""
    return buffer.rfind(b"\n") + 1 or buffer.rfind(b"\r", 0, -1) + 1


def _length_of(data: bytes, lines: int) -> int:
    """The length of the first lines, of which the last may have no line end."""
    length = 0
    for _ in range(lines):
        end = _LINE_END.search(data, length)
        if end is None:
            return len(data)
        length = end.end()
    return length
