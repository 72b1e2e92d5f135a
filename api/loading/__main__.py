"""The loader's program: ``python -m api.loading``, started by the service, whose settings it reads from its input.

It ends with the service: when its input is closed.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from msgspec.structs import replace

from api.loading.database import Database
from api.loading.loader import Loader
from api.loading.local_copy import LocalCopies, copies_folder
from api.loading.monitoring import LOOK_SECONDS, MonitoringCopy
from api.loading.order_history import order_history_source
from api.loading.registry import Registry
from api.loading.status import StatusFile
from api.loading.timing import Poller
from api.logs import configure_logging
from api.prediction_log.folder import log_folder
from api.prediction_log.shipping import Shipper
from quantity.ended import end_first
from quantity.settings import Settings

BEAT_SECONDS = 1.0

logger = logging.getLogger(__name__)


def main(status_path: Path) -> None:
    """Load until the service is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which then closes the input
    if not (line := sys.stdin.readline()):
        return  # the service has ended already
    end_first()
    settings = Settings.model_validate_json(line)
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    configure_logging(settings.api_log_level)
    copies = LocalCopies(copies_folder(settings))
    loader = Loader(settings, Registry(settings), Database(settings), copies, order_history_source(settings))
    looks = {"model": loader.model.look, "snapshot": loader.snapshot.look, "history": loader.look_at_orders}
    for name, look in looks.items():
        Poller(f"{name}-poller", look, settings.api_poll_seconds).start()
    monitoring = MonitoringCopy(settings, copies)
    Poller("monitoring-poller", monitoring.look, max(LOOK_SECONDS, settings.api_poll_seconds)).start()
    shipper = Shipper(settings, log_folder(settings))
    Poller("log-shipper", shipper.look, settings.api_poll_seconds).start()
    _beat(loader, shipper, StatusFile(status_path))


def _end_with_the_service() -> None:
    sys.stdin.read()
    # At once, whatever is under way: half a copy is tidied up by the next loader.
    os._exit(0)


def _beat(loader: Loader, shipper: Shipper, file: StatusFile) -> None:
    while (overdue := loader.overdue() or shipper.overdue()) is None:
        try:
            file.write(replace(loader.status(), shipping=shipper.status))
        except OSError as error:
            # Without it the service starts another loader, which may find a better disk.
            logger.error("status not written", extra={"reason": str(error)})  # noqa: TRY400
            os._exit(1)
        loader.changed.wait(BEAT_SECONDS)
    logger.error("loader hangs", extra={"reason": overdue})
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
