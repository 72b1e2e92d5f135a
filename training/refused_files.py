"""Tells which order files were refused when they were taken in, and still wait for somebody to look at them.

Run it as ``python -m training.refused_files``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quantity.settings import Settings, readable_settings_or_exit
from training.appending.incoming import INCOMING, REFUSED, refused_files

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE, UNREADABLE, SOME = range(3)
"""Exit codes."""


def main(
    argv: Sequence[str] | None = None,
    settings: Settings | None = None,
    *,
    prog: str = "python -m training.refused_files",
) -> int:
    """Run the program; the result is its exit code."""
    arguments = _parser(prog).parse_args(argv)
    settings = settings or readable_settings_or_exit()
    folder = arguments.folder or settings.data_dir / INCOMING
    try:
        refused = refused_files(folder)
    except OSError as error:
        sys.stderr.write(f"refused_files: {error}\n")
        return UNREADABLE
    if not refused:
        sys.stdout.write(f"no refused files in {folder / REFUSED}\n")
        return NONE
    sys.stdout.writelines(f"{name}: {reason}\n" for name, reason in refused.items())
    sys.stdout.flush()
    count = "1 refused file lies" if len(refused) == 1 else f"{len(refused):,} refused files lie"
    sys.stderr.write(
        f"refused_files: {count} in {folder / REFUSED}: correct each and put it back into {folder}, or remove it\n"
    )
    return SOME


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Tells the order files that were refused when they were taken in, and why. Changes nothing.",
        epilog=f"exit codes: {NONE} there are none, {UNREADABLE} the folder cannot be read, {SOME} there are some",
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", help=f"where files are taken in (default: {INCOMING} in DATA_DIR)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
