"""Segments: files of blocks, each a few hundred answered pairs, that can be read however their writer ended.

A block is its length and its CRC-32 (4 bytes each, little-endian), then MessagePack. What is left of a block whose
writer was killed is no block, and ends the segment.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec reads it
import struct
import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from quantity.online.predictor import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEAD = struct.Struct("<II")

KIND = np.dtype("<i4")
"""Of the numbers of pairs."""


class Request(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A request of a block.

    Attributes:
        request_id: of its log line.
        at: when it was answered, nanoseconds since 1970-01-01 (UTC).
        checkout_date: that its answers are for.
        shown: whether whoever orders saw the answers.
        pairs: how many of its pairs the block holds.
    """

    request_id: str
    at: int
    checkout_date: dt.date
    shown: bool
    pairs: int


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Pairs that one model version and one snapshot answered.

    Attributes:
        model_version: the version's number.
        model_alias: the alias that it had.
        snapshot_id: number of the snapshot.
        as_of_date: its as-of date.
        requests: in the order of their answers.
        content: what is told of their pairs, see `numbers`.
    """

    model_version: str
    model_alias: str
    snapshot_id: int
    as_of_date: dt.date
    requests: list[Request]
    content: memoryview

    @property
    def numbers(self) -> np.ndarray:
        """(n, `NUMBERS`) int32 of the requests' pairs, in their order; unknown ids and quantities are 0."""
        return np.frombuffer(self.content, KIND).reshape(-1, len(NUMBERS))

    @property
    def pairs(self) -> int:
        """How many pairs it holds."""
        return len(self.numbers)


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Block)


def encode(block: Block) -> bytes:
    """The block as a segment holds it."""
    body = _encoder.encode(block)
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def read_blocks(path: Path) -> Iterator[Block]:
    """The whole blocks of a segment, in their order.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, checksum = _HEAD.unpack(head)
            body = file.read(length)
            if len(body) < length or zlib.crc32(body) != checksum:
                return
            yield _decoder.decode(body)
