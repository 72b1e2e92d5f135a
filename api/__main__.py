"""Serves the API: ``python -m api``."""

from __future__ import annotations

from api.loading.loader_process import LoaderProcess
from api.logs import configure_logging
from quantity.settings import settings_or_exit


def main() -> None:
    """Serve until told to stop."""
    settings = settings_or_exit(serving=True)
    configure_logging(settings.api_log_level)
    loader = LoaderProcess(settings)
    loader.start()
    # What the loader imports takes seconds: meanwhile this process imports what it needs itself.
    from api.app import create_app  # noqa: PLC0415
    from api.http.server import serve  # noqa: PLC0415

    serve(create_app(settings, loader=loader), settings)


if __name__ == "__main__":
    main()
