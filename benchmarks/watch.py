"""Something looked at again and again, in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from api.loading.timing import Poller

if TYPE_CHECKING:
    from collections.abc import Callable


class Watch:
    """Looks from its beginning to its end.

    Args:
        look: takes a sample.
        seconds: between two.
    """

    def __init__(self, look: Callable[[], None], seconds: float) -> None:
        self._poller = Poller("watch", look, seconds)

    def __enter__(self) -> Self:
        self._poller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._poller.stop()
        self._poller.join()
