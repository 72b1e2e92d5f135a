"""Serves the API: ``python -m api``."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from api.loading.loader_process import LoaderProcess
from api.logs import configure_logging
from quantity.settings import settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None, *, prog: str = "python -m api") -> int:
    """Serve until told to stop."""
    _parser(prog).parse_args(argv)
    settings = settings_or_exit(serving=True)
    configure_logging(settings.api_log_level)
    loader = LoaderProcess(settings)
    loader.start()
    # What the loader imports takes seconds: meanwhile this process imports what it needs itself.
    from api.app import create_app  # noqa: PLC0415
    from api.http.server import serve  # noqa: PLC0415

    serve(create_app(settings, loader=loader), settings)
    return 0


def _parser(prog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=(
            "Serves predictions over HTTP until told to stop, on API_HOST and API_PORT (see .env.example). A model and "
            "a snapshot are taken into service when they are there, and every new one."
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
