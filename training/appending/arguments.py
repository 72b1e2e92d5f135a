"""The options of appending on the command line of preprocessing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse

DEFAULT_FOLDER: Final = ""
"""What ``--incoming`` holds without a folder."""


def add_appending_arguments(parser: argparse.ArgumentParser, sources: argparse._MutuallyExclusiveGroup) -> None:
    """Add the options.

    Args:
        parser: of the program.
        sources: its options of which one may be given.
    """
    sources.add_argument(
        "--append",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="add the order lines of these files, one after the other, to those that are there: lines that are there "
        "already do not count twice, corrections replace",
    )
    sources.add_argument(
        "--incoming",
        type=_folder,
        nargs="?",
        const=DEFAULT_FOLDER,
        metavar="FOLDER",
        help="do so with the files that lie in a folder (default: incoming in DATA_DIR), and move them to done/ in it "
        "or, with the reason, to refused/",
    )
    parser.add_argument(
        "--raw-only",
        action="store_true",
        help="with --append or --incoming: publish no features yet; --source db does",
    )
    parser.add_argument(
        "--replace-appended",
        action="store_true",
        help="load the files whole although order lines were appended since, which the files may lack",
    )


def is_appending(arguments: argparse.Namespace) -> bool:
    """Whether the run appends."""
    return bool(arguments.append) or arguments.incoming is not None


def _folder(text: str) -> Path | str:
    return Path(text) if text else DEFAULT_FOLDER
