"""Serves the API: ``python -m api``."""

from __future__ import annotations

from api.loading.process import Loader
from quantity.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    loader = Loader(settings)
    loader.start()
    # What the loader imports takes seconds: meanwhile this process imports what it needs itself.
    from api.http.server import serve  # noqa: PLC0415

    serve(settings, loader)


if __name__ == "__main__":
    main()
