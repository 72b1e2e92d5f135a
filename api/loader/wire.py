"""Messages between the service and its loader: JSON and arrays, over a stream socket."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic_core import from_json, to_json

from api.parts import Parts

if TYPE_CHECKING:
    import socket

_LENGTH = struct.Struct("!Q")


class ClosedError(ConnectionError):
    """The other end closed the socket."""


def send(to: socket.socket, info: dict[str, Any], arrays: dict[str, np.ndarray] | None = None) -> None:
    """Send a message; arrays go as they lie in memory."""
    contiguous = {name: np.asarray(values, order="C") for name, values in (arrays or {}).items()}
    described = [(name, values.dtype.str, values.shape) for name, values in contiguous.items()]
    header = to_json({"info": info, "arrays": described}, inf_nan_mode="constants")
    to.sendall(_LENGTH.pack(len(header)) + header)
    for values in contiguous.values():
        to.sendall(_bytes_of(values))


def receive(source: socket.socket) -> Parts:
    """Wait for a message.

    Raises:
        ClosedError: there is none: the other end is gone.
    """
    (length,) = _LENGTH.unpack(_exactly(source, np.empty(_LENGTH.size, np.uint8)).tobytes())
    header = from_json(_exactly(source, np.empty(length, np.uint8)).tobytes())
    arrays = {}
    for name, dtype, shape in header["arrays"]:
        arrays[name] = np.empty(shape, dtype=dtype)
        _exactly(source, arrays[name])
    return Parts(header["info"], arrays)


def _exactly(source: socket.socket, into: np.ndarray) -> np.ndarray:
    room = _bytes_of(into)
    while room:
        # The interpreter's lock is free while bytes arrive: requests are answered meanwhile.
        count = source.recv_into(room)
        if not count:
            raise ClosedError("the other process has ended")
        room = room[count:]
    return into


def _bytes_of(values: np.ndarray) -> memoryview:
    return values.reshape(-1).view(np.uint8).data
