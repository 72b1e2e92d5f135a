"""What is loaded, taken apart: plain values and arrays, which files and sockets carry without running code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    from pathlib import Path

INFO_FILE, ARRAYS_FILE = "info.json", "arrays.npz"


class Parts(NamedTuple):
    """A model or a snapshot in parts.

    Attributes:
        info: values that JSON can hold.
        arrays: numbers and text by name.
    """

    info: dict[str, Any]
    arrays: dict[str, np.ndarray]


class OtherProgramError(RuntimeError):
    """The parts are those of a version of the program with other features."""


def write_parts(parts: Parts, folder: Path) -> None:
    """Write parts into an empty folder."""
    np.savez(folder / ARRAYS_FILE, allow_pickle=False, **parts.arrays)
    (folder / INFO_FILE).write_bytes(to_json(parts.info, inf_nan_mode="constants"))


def read_parts(folder: Path) -> Parts:
    """Read them back.

    Raises:
        Exception: the files are damaged, and fail in whatever way they do.
    """
    info = from_json((folder / INFO_FILE).read_bytes())
    with (folder / ARRAYS_FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Parts(info, dict(arrays))
