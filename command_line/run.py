"""From a fresh checkout to a served prediction: what `make run` runs."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

from command_line.installed import is_installed

if TYPE_CHECKING:
    from collections.abc import Sequence

COMPILE = ("sh", "-c", '"$0" -m quantity.online.compile_ahead &', sys.executable)
"""By a shell that ends at once: the service need not wait for a child that it does not know."""


def main(argv: Sequence[str] | None = None, *, prog: str = "python -m command_line run") -> int:
    """Make what is missing, then become the service; the result is an exit code where that fails."""
    _parser(prog).parse_args(argv)
    for package in ("training", "api", "uvicorn"):
        if not is_installed(package):
            # Before the minutes that the rest may take.
            raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    # On another core meanwhile: else the service would compile its kernel at its first start, for half a minute.
    subprocess.run(COMPILE, check=True)  # noqa: S603 - this program's own interpreter and module
    # Only now: to import it takes a second.
    from training import bootstrap  # noqa: PLC0415

    code = bootstrap.main()
    if code == bootstrap.DONE:
        _become_the_service()
    return code


def _become_the_service() -> NoReturn:
    """It begins with nothing of training in its memory, and signals reach it."""
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "api"])  # noqa: S606 - as above


def _parser(prog: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=prog,
        description=(
            "Writes a year of real orders to DATA_DIR if nothing is there, preprocesses, trains and registers the "
            "model, each only where it is still to do, and serves on API_PORT. `make run` installs and does the same."
        ),
        epilog="exit codes: those of the step that failed; else those of the service, which serves until told to stop",
    )
