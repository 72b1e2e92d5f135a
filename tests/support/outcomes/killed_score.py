"""A run of `score.py` in a process of its own that dies at a statement.

Run as ``python -m tests.support.outcomes.killed_score <database> <folder> <number>``: it kills itself after the
number-th statement that changes a table of outcomes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event, make_url

from tests.support.settings import settings_for
from training import score

if TYPE_CHECKING:
    from quantity.settings import Settings

ROOT = Path(__file__).parents[3]
CHANGES = r"(DELETE FROM|INSERT INTO) (prediction_outcomes|store_outcomes|scored_days)\b"


def killed_while_scoring(settings: Settings, statement: int) -> None:
    """Score, and die after the number-th change."""
    address = settings.database_url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", __name__, address, str(settings.local_dir.parent), str(statement)]
    ended = subprocess.run(command, cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL


def _main(address: str, folder: str, number: str) -> None:
    changes = count(1)

    @event.listens_for(Engine, "after_cursor_execute")
    def _look(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if re.match(CHANGES, statement.strip()) and next(changes) == int(number):
            os.kill(os.getpid(), signal.SIGKILL)

    score.main([], settings_for(Path(folder), make_url(address)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
