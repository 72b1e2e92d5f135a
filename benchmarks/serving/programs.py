"""The programs of this project that are measured."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from local_servers.ports import HOST
from local_servers.programs import Program

if TYPE_CHECKING:
    from collections.abc import Mapping


FLOOR = Program("floor", (sys.executable, "-m", "benchmarks.serving.floor", "{port}"), "/openapi.json")


def service(environment: Mapping[str, str] | None = None) -> Program:
    """The prediction service; by default with the settings of this process."""
    return Program(
        "service",
        (sys.executable, "-m", "api"),
        "/healthcheck/ready",
        {"API_HOST": HOST, "API_PORT": "{port}", **(environment or {})},
    )
