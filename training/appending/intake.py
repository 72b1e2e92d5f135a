"""A run that appends: which files, what they change, and what to do when that is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.appending.incoming import Incoming, UnmovableError
from training.appending.report import AppendReport
from training.appending.taking import NothingPublishedError, Taking, take
from training.input_files.read import InputFilesError
from training.publish.line_merge import merge_order_lines
from training.publish.raw_origin import RawOrigin, are_lines_unpublished, read_raw_origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console
    from sqlalchemy import Engine

    from training.appending.taking import Reading
    from training.phases import Phases
    from training.publish.database_lock import StillHeld


class RefusedFilesError(RuntimeError):
    """Some files were refused, and lie apart with the reason; the others were taken."""


BAD_APPENDS = (NothingPublishedError, RefusedFilesError, UnmovableError)
"""What is wrong with a run that appends, beside its files."""


@dataclass(frozen=True)
class Intake:
    """Order files that are about to be appended.

    Attributes:
        taking: the files, compared with what is there.
        origin: of the raw tables with their lines.
        is_unpublished: whether the raw tables held lines before that no snapshot knows.
        incoming: the folder that the files lie in, if they are to be moved.
    """

    taking: Taking
    origin: RawOrigin
    is_unpublished: bool
    incoming: Incoming | None = None

    @property
    def report(self) -> AppendReport:
        """What the files did."""
        return AppendReport(self.taking)

    @property
    def needs_features(self) -> bool:
        """Whether the published features do not know all lines."""
        return bool(self.taking.change) or self.is_unpublished

    def end_without_features(self, engine: Engine, console: Console, phases: Phases, lock: StillHeld) -> None:
        """End a run that changes the raw tables only, or nothing.

        Raises:
            RefusedFilesError: files were refused; all else is done.
            OSError, sqlalchemy.exc.SQLAlchemyError: the database failed, or a file cannot be moved.
        """
        self.merge(engine, phases, lock)
        self.report.print(console)
        if self.taking.change:
            console.print("in the raw tables now; --source db computes the features")
        elif self.taking.taken:
            console.print("every order line is there already: nothing to publish")
        self.tell_refused()

    def merge(self, engine: Engine, phases: Phases, lock: StillHeld) -> None:
        """Bring the lines into the raw tables, ahead of the features, and move the files out of the folder.

        Raises:
            OSError, sqlalchemy.exc.SQLAlchemyError: the database failed, or a file cannot be moved.
        """
        taking = self.taking
        if taking.change:
            with phases.phase("write the raw tables"):
                merge_order_lines(engine, taking.change, taking.keys, taking.counts.changed, lock)
        self.move_files()

    def move_files(self) -> None:
        """Move files out of the folder; their lines are published, or in the raw tables.

        Raises:
            OSError: one cannot be moved.
        """
        if self.incoming is not None:
            self.incoming.move(self.taking)

    def tell_refused(self) -> None:
        """End a run of which all else is done.

        Raises:
            RefusedFilesError: files were refused.
        """
        refused = self.taking.refused
        if refused and self.incoming is not None:
            what = "1 file" if len(refused) == 1 else f"{len(refused):,} files"
            where = f"{what} refused, now in {self.incoming.folder / 'refused'}; all others were taken in"
            raise RefusedFilesError("\n".join([where, *(file.reason for file in refused)]))


def append_files(engine: Engine, paths: Sequence[Path], reading: Reading) -> Intake:
    """Read files that are to be appended all or not at all. Callers hold the publisher lock.

    Raises:
        InputFilesError: some cannot be used.
        NothingPublishedError: no files were loaded yet.
        OSError, DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: a file or the database cannot be read.
    """
    taking = take(engine, paths, reading)
    if taking.refused:
        raise InputFilesError("\n".join(file.reason for file in taking.refused))
    return _intake(engine, taking)


def take_in_folder(engine: Engine, folder: Path, reading: Reading) -> Intake | None:
    """Read the files that lie in a folder; None where none does. Callers hold the publisher lock.

    Raises:
        NothingPublishedError: no files were loaded yet.
        UnmovableError: files cannot be moved out of the folder.
        OSError, DatabaseReadError, sqlalchemy.exc.SQLAlchemyError: a file or the database cannot be read.
    """
    incoming = Incoming.of(folder)
    return _intake(engine, take(engine, incoming.paths, reading), incoming) if incoming.paths else None


def _intake(engine: Engine, taking: Taking, incoming: Incoming | None = None) -> Intake:
    origin = read_raw_origin(engine)
    with_lines = RawOrigin(origin.source_digest, origin.appended_lines + taking.counts.changed)
    return Intake(taking, with_lines, are_lines_unpublished(engine, origin), incoming)
