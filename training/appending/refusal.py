"""Files are not loaded whole over order lines that were appended since: that would lose them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.publish.raw_origin import read_raw_origin

if TYPE_CHECKING:
    from sqlalchemy import Engine


class AppendedLinesError(RuntimeError):
    """Loading the files whole would lose order lines."""


def ensure_nothing_appended(engine: Engine) -> None:
    """See that the files hold all that the raw tables do.

    Raises:
        AppendedLinesError: order lines were appended since the files were loaded; the message says what to do.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    count = read_raw_origin(engine).appended_lines
    if count:
        lines = "1 order line was" if count == 1 else f"{count:,} order lines were"
        raise AppendedLinesError(
            f"{lines} added or changed by --append or --incoming since the files were loaded whole: loading the files "
            "again would undo that.\n"
            "  `--append FILE` adds what is new, `--source db` computes the features from the tables as they are.\n"
            "  `--replace-appended` loads the files all the same, such as new files of stores and products; append "
            "afterwards what they lack, oldest first (files that were taken in lie in incoming/done)."
        )
