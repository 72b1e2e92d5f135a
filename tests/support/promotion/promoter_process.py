"""A promotion by hand in a process of its own, which stops before it records what it did and waits to be killed.

Run as ``python -m tests.support.promotion.promoter_process <version>``, with the settings in the environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.publishing.publisher_process import REACHED, ROOT, Point, stop_at
from training import promote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantity.settings import Settings


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give a process these settings."""
    values = settings.model_dump(exclude_none=True, exclude={"mysql_password"})
    named = {name.upper(): str(value) for name, value in values.items()}
    return os.environ | named | {"MYSQL_PASSWORD": settings.mysql_password.get_secret_value()}


@contextmanager
def stopped_promoter(settings: Settings, number: str) -> Iterator[subprocess.Popen[str]]:
    """A process that has moved the alias to a version, and not recorded it; it is killed at the end."""
    command = [sys.executable, "-m", __name__, number]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == REACHED
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    stop_at(Point("before", "INSERT INTO promotions"))
    sys.exit(promote.main(sys.argv[1:]))
