"""Messages between the service and its loader."""

from __future__ import annotations

import math
import socket
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.loading import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.loading.parts import Parts


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def passed(ends: tuple[socket.socket, socket.socket], arrays: dict[str, np.ndarray]) -> Parts:
    """What arrives of a message."""
    ours, theirs = ends
    sender = threading.Thread(target=wire.send, args=(theirs, {"version": "7", "bias": math.nan}, arrays))
    sender.start()
    received = wire.receive(ours)
    sender.join()
    return received


@pytest.mark.parametrize(
    "values",
    [
        np.arange(3_000_000, dtype=np.float32).reshape(-1, 3),
        np.array(["Tea", "Süßwaren", ""], dtype=np.str_),
        np.zeros((0, 4), dtype=np.int64),
        np.array(2.5),
        np.arange(12).reshape(3, 4)[:, ::2],
    ],
    ids=["large", "text", "empty", "a number", "strided"],
)
def test_what_arrives_is_what_was_sent(ends: tuple[socket.socket, socket.socket], values: np.ndarray) -> None:
    received = passed(ends, {"first": values, "second": np.array([1, 2])})

    np.testing.assert_array_equal(received.arrays["first"], values)
    assert (received.arrays["first"].dtype, received.arrays["first"].shape) == (values.dtype, values.shape)
    assert received.arrays["first"].flags.writeable
    assert received.arrays["second"].tolist() == [1, 2]
    assert received.info["version"] == "7"
    assert math.isnan(received.info["bias"])


def test_objects_are_not_sent(ends: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises((TypeError, ValueError)):
        wire.send(ends[0], {}, {"objects": np.array([object()])})


@pytest.mark.parametrize("sent", [b"", b"\0\0\0", b"\0\0\0\0\0\0\0\x09{"])
def test_a_message_that_ends_early_is_noticed(ends: tuple[socket.socket, socket.socket], sent: bytes) -> None:
    ours, theirs = ends
    theirs.sendall(sent)
    theirs.close()

    with pytest.raises(wire.ClosedError):
        wire.receive(ours)
