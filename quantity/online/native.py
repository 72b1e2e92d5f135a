"""Functions compiled to machine code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., Any])


def native(function: F) -> F:
    """Compile a function at its first call; it then runs without the interpreter's lock.

    The machine code is kept beside the source, as byte code is, where that is writable. It is made anew when
    the file changes, not when another file does: functions that call each other belong into one file, and
    take what others declare as arguments.
    """
    try:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # nowhere to write, as in a read-only container: compiling takes seconds
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("F", compiled)


def ascii_codes(text: str) -> np.ndarray:
    """(n,) characters of a text, as compiled functions know it."""
    return np.array(list(text.encode("ascii")), dtype=np.uint8)
