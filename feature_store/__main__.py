"""Feast's command with this project's settings: ``python -m feature_store materialize``, ``… ui``, ``… serve``.

It is ``feast`` in this folder, but for three commands: ``materialize`` without dates applies the definitions and brings
the exported latest state into the online store, ``ui`` listens on this machine alone unless told otherwise, and ``up``
does both.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from feast.cli.cli import cli
from redis.exceptions import RedisError

from feature_store.store import REPOSITORY, use
from quantity.feature_files import CURRENT, read_manifest
from quantity.settings import readable_settings_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, NOTHING_EXPORTED = range(3)
"""Exit codes, beside Feast's."""

UP, MATERIALIZE, UI = "up", "materialize", "ui"
LOCAL = ("--host", "127.0.0.1")
"""Who reaches the pages can delete definitions, without a password. Of two hosts the last one counts."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the result is its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Only the folder of the files need be there for writing, not all of LOCAL_DIR.
    settings = readable_settings_or_exit()
    try:
        use(settings)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"feature_store: {error}\n")
        return FAILED
    if arguments[:1] == [UI]:
        return _feast(UI, *LOCAL, *arguments[1:])
    if arguments[:1] not in ([UP], [MATERIALIZE]) or (arguments[0] == MATERIALIZE and len(arguments) > 1):
        return _feast(*arguments)
    exported = read_manifest(settings.feature_files_dir / CURRENT)
    if exported is None:
        sys.stderr.write(
            f"feature_store: nothing is exported to {settings.feature_files_dir}: "
            "run `python -m training.export_features` first\n"
        )
        return NOTHING_EXPORTED
    # All of the latest state has this one event timestamp.
    moment = exported.state_timestamp.isoformat()
    steps: list[tuple[str, ...]] = [("apply",), (MATERIALIZE, moment, moment)]
    if arguments[0] == UP:
        steps.append((UI, *LOCAL, *arguments[1:]))
    for step in steps:
        if code := _feast(*step):
            return code
    return DONE


def _feast(*arguments: str) -> int:
    try:
        cli.main(["--chdir", str(REPOSITORY), *arguments], prog_name="feature_store", standalone_mode=True)
    except SystemExit as end:
        return int(end.code or 0)
    except RedisError as error:
        sys.stderr.write(f"feature_store: FEATURE_STORE_REDIS: {error}\n")
        return FAILED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
