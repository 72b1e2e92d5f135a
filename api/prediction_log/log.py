"""The prediction log of a service: takes answers from the request path, and writes them beside it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from api.prediction_log.blocks import encoded_blocks
from api.prediction_log.buffer import Buffer
from api.prediction_log.folder import log_folder
from api.prediction_log.writer import Writer

if TYPE_CHECKING:
    import numpy as np

    from api.prediction_log.segment import Request
    from api.serving.memory import ActivePair
    from quantity.settings import Settings

PAUSE_SECONDS: Final = 0.1
"""A killed service loses the answers of so long, and of the moment that it takes to write them. What is kept no
longer is still in the processor's caches when it is written."""

STOP_SECONDS: Final = 3.0
"""A disk that hangs is not waited for longer."""

logger = logging.getLogger(__name__)


class PredictionLog:
    """Keeps every answered pair, or a share of the pairs.

    Of the pairs that were added, each is logged, sampled out or lost, or waits for its turn.

    Args:
        settings: of the program.

    Attributes:
        sampled_out_pairs: pairs outside the share.
    """

    def __init__(self, settings: Settings) -> None:
        self._share, self._alias = settings.prediction_log_share, settings.model_alias
        self._buffer, self._writer = Buffer(), Writer(log_folder(settings))
        self._stopped = threading.Event()
        # A daemon: a disk that hangs does not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="prediction-log", daemon=True)
        self.sampled_out_pairs = self._failed_pairs = 0

    @property
    def is_on(self) -> bool:
        """Whether there is anything to log."""
        return self._share > 0

    @property
    def logged_pairs(self) -> int:
        """Pairs in segments."""
        return self._writer.logged_pairs

    @property
    def lost_pairs(self) -> dict[str, int]:
        """Pairs that are in no segment, by reason: too many waited to be written, the disk failed, or the log did."""
        return {"buffer": self._buffer.lost_pairs, "disk": self._writer.lost_pairs, "failure": self._failed_pairs}

    def add(self, request: Request, numbers: np.ndarray, pair: ActivePair) -> None:
        """Log a request's answers soon, as `Buffer.add`; this waits for nothing."""
        self._buffer.add(request, numbers, pair)

    def start(self) -> None:
        """Begin to write, in the background."""
        if self.is_on:
            self._thread.start()

    def stop(self) -> None:
        """Write the rest and close the segment."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stopped.wait(PAUSE_SECONDS):
            self._write()
            self._writer.tend()
        self._write()
        self._writer.end()
        if lost := sum(self.lost_pairs.values()):
            logger.warning("predictions lost", extra={"pairs": lost})

    def _write(self) -> None:
        taken = self._buffer.take()
        left = len(taken.numbers)
        try:
            for block in encoded_blocks(taken, self._share, self._alias):
                left -= block.pairs + block.sampled_out
                self.sampled_out_pairs += block.sampled_out
                if block.pairs:
                    self._writer.write(block)
        except Exception:
            # Whatever is wrong with these, those that come are logged.
            self._failed_pairs += left
            logger.exception("predictions not encoded", extra={"pairs": left})
