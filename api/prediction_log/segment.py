"""Segments: files of blocks, each a few hundred answered pairs, that can be read however their writer ended.

A block is its length and its CRC-32 (4 bytes each, little-endian), then MessagePack. What is left of a block whose
writer was killed is no block, and ends the segment.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HEAD = struct.Struct("<II")

COLUMNS: dict[str, np.dtype] = {
    "request": np.dtype("<i4"),
    "store_id": np.dtype("<i4"),
    "product_id": np.dtype("<i4"),
    "status": np.dtype("<u1"),
    "quantity": np.dtype("<i4"),
    "typical": np.dtype("<i4"),
    "low": np.dtype("<i4"),
    "high": np.dtype("<i4"),
}
"""The columns of pairs: `request` is a position in the block's requests; unknown ids and quantities are 0."""


class Request(msgspec.Struct, frozen=True, array_like=True):
    """A request of a block.

    Attributes:
        request_id: of its log line.
        at: when it was answered, microseconds since 1970-01-01 (UTC).
        checkout_day: days since 1970-01-01.
        shown: whether whoever orders saw the answer.
    """

    request_id: str
    at: int
    checkout_day: int
    shown: bool


class Block(msgspec.Struct, frozen=True, array_like=True):
    """Pairs that one model version and one snapshot answered.

    Attributes:
        model_version: the version's number.
        model_alias: the alias that it had.
        snapshot_id: number of the snapshot.
        as_of_day: its as-of date, days since 1970-01-01.
        requests: in the order of their answers.
        columns: by the names of `COLUMNS`, (n,) values as bytes; see `arrays`.
    """

    model_version: str
    model_alias: str
    snapshot_id: int
    as_of_day: int
    requests: list[Request]
    columns: dict[str, bytes]

    @property
    def pairs(self) -> int:
        """How many pairs it holds."""
        return len(self.columns["status"]) // COLUMNS["status"].itemsize

    def arrays(self) -> dict[str, np.ndarray]:
        """The columns as (n,) arrays."""
        return {name: np.frombuffer(self.columns[name], kind) for name, kind in COLUMNS.items()}


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
