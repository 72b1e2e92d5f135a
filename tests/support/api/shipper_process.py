"""A shipper in a process of its own, which stops at a statement and waits to be killed.

Run as ``python -m tests.support.api.shipper_process <settings> <before|after> <pattern> <count>``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import SecretStr
from pydantic_core import to_json

from api.prediction_log.folder import log_folder
from api.prediction_log.shipping import Shipper
from quantity.settings import Settings
from tests.support.publishing.publisher_process import REACHED, ROOT, Point, stop_at

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def stopped_shipper(settings: Settings, point: Point) -> Iterator[subprocess.Popen[str]]:
    """A process that ships the settings' segments and has come to ``point``; it is killed at the end."""
    values = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in settings.model_dump().items()
    }
    command = [sys.executable, "-m", __name__, to_json(values).decode(), point.when, point.pattern, str(point.count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == REACHED
            yield process
        finally:
            process.kill()


def _main(values: str, when: str, pattern: str, number: str) -> None:
    stop_at(Point(when, pattern, int(number)))
    settings = Settings(_env_file=None, **json.loads(values))
    Shipper(settings, log_folder(settings)).look()


if __name__ == "__main__":
    _main(*sys.argv[1:])
