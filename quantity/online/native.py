"""Functions compiled to machine code, which is kept beside the source."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numba
from numba.core.caching import (
    CompileResultCacheImpl,
    FunctionCache,
    InTreeCacheLocator,
    UserProvidedCacheLocator,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    F = TypeVar("F", bound=Callable[..., Any])


def native(function: F) -> F:
    """Compile a function at its first call; it then runs without the interpreter's lock.

    The machine code is kept beside the source, as byte code is, or in `NUMBA_CACHE_DIR`. It is made anew when the
    file changes, and for another processor; not when another file changes: functions that call each other belong
    into one file, and take what others declare as arguments.
    """
    compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
    with suppress(RuntimeError):  # nowhere to keep it: compiled in every process
        # As `cache=True` does, with numba's own class.
        compiled._cache = _Cache(function)  # type: ignore[no-untyped-call]  # noqa: SLF001
    return cast("F", compiled)


class _BesideSource(InTreeCacheLocator):
    """The folder of the byte code, also where it can only be read, as in an image."""

    def ensure_cache_path(self) -> None:
        if not Path(self._cache_path).is_dir():
            super().ensure_cache_path()  # type: ignore[no-untyped-call]


class _Kept(CompileResultCacheImpl):
    _locator_classes = [UserProvidedCacheLocator, _BesideSource]  # noqa: RUF012 - numba's own is a list


class _Cache(FunctionCache):
    _impl_class = _Kept

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(OSError):  # read-only: the next process compiles as this one did
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]
