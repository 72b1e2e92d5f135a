"""The raw tables of a run: read from files, or from the database, with files that are added."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from quantity.db.keys import read_keys
from quantity.db.raw_tables import read_raw_tables
from training.appending.incoming import INCOMING
from training.appending.intake import append_files, take_in_folder
from training.appending.refusal import ensure_nothing_appended
from training.appending.taking import Reading, merged_tables
from training.input_files.arguments import chosen_settings
from training.input_files.digest import digest_of
from training.input_files.find import find_input_files
from training.input_files.options import ReadingOptions
from training.input_files.read import read_input_files
from training.input_files.report import ReadingReport
from training.phases import file_progress
from training.publish.freshness import of_day, source_digest
from training.publish.publishing import Origin
from training.publish.raw_digest import digest_of_raw
from training.publish.raw_origin import RawOrigin, source_of_raw_tables

if TYPE_CHECKING:
    import argparse

    from sqlalchemy import Engine

    from quantity.raw import RawTables
    from quantity.settings import Settings
    from training.appending.intake import Intake
    from training.appending.report import AppendReport
    from training.phases import Phases
    from training.preprocessing.lines_on_disk import LinesOnDisk
    from training.publish.as_of import Lines
    from training.publish.run import Run


@dataclass(frozen=True)
class RawReading:
    """The raw tables, with all orders, and the files that they come from, if any.

    Attributes:
        raw: the tables.
        report: on the files; None: the tables were read back from the database and stay as they are.
        content: the digest of the files, if they were loaded whole.
        appended_to: where tables come from that had files appended.
    """

    raw: RawTables
    report: ReadingReport | AppendReport | None = None
    content: str | None = None
    appended_to: RawOrigin | None = None

    def without_lines(self) -> RawReading:
        """The same without order lines, which take the memory."""
        return replace(self, raw=replace(self.raw, order_items=self.raw.order_items[:0].copy()))


def take_in(arguments: argparse.Namespace, settings: Settings, engine: Engine, phases: Phases) -> Intake | None:
    """Read the files that are to be added; None: there are none."""
    folder = arguments.data_dir or settings.data_dir
    with phases.phase("read and check the files"):
        options = ReadingOptions.from_settings(chosen_settings(arguments, settings))
        reading = Reading(options, folder, file_progress(phases))
        if arguments.append:
            intake: Intake | None = append_files(engine, arguments.append, reading)
        else:
            intake = take_in_folder(engine, arguments.incoming or folder / INCOMING, reading)
    if intake is not None:
        _write_report(arguments, intake.report)
    return intake


def merge(engine: Engine, intake: Intake, phases: Phases) -> RawReading:
    """Read the tables back, with what is added."""
    with phases.phase("read the raw tables"):
        phases.start("read the raw tables", 1)
        raw = merged_tables(engine, intake.taking)
        phases.advance()
    return RawReading(raw, intake.report, appended_to=intake.origin)


def read(arguments: argparse.Namespace, settings: Settings, engine: Engine, phases: Phases) -> RawReading:
    """Read the files whole, or the tables back."""
    if arguments.source == "db":
        return read_back(engine, phases)
    if not arguments.replace_appended:
        ensure_nothing_appended(engine)
    with phases.phase("read and check the files"):
        folder = arguments.data_dir or settings.data_dir
        options = ReadingOptions.from_settings(chosen_settings(arguments, settings))
        # Taken first: a file that changes while it is read is read again next time.
        content = digest_of(find_input_files(folder).paths)
        source = read_input_files(folder, options, read_keys(engine), file_progress(phases))
    _write_report(arguments, source.report)
    return RawReading(source.tables, source.report, content)


def read_back(engine: Engine, phases: Phases) -> RawReading:
    """Read the tables back from the database."""
    with phases.phase("read the raw tables"):
        phases.start("read the raw tables", 1)
        raw = read_raw_tables(engine)
        phases.advance()
    return RawReading(raw)


def _write_report(arguments: argparse.Namespace, report: ReadingReport | AppendReport) -> None:
    if arguments.report:
        arguments.report.write_text(json.dumps(report.as_json(), indent=2) + "\n")


def origin_of(run: Run, settings: Settings, reading: RawReading, waiting: LinesOnDisk, lines: Lines) -> Origin:
    """What the raw tables came from, with a digest of them.

    Args:
        run: the run.
        settings: how files are read.
        reading: the tables, which need not have order lines.
        waiting: these.
        lines: of which of them the snapshot is made.
    """
    raw_digest = digest_of_raw(reading.raw, waiting)
    if isinstance(reading.report, ReadingReport) and reading.content and reading.report.orders.future:
        # Lines that are set aside for their day are in the files alone.
        source: str | None = source_digest(reading.content, settings, run.today)
        return Origin(source, raw_digest, RawOrigin(source))
    of_raw = reading.appended_to or RawOrigin(
        source_digest(reading.content, settings) if reading.content else source_of_raw_tables(run.engine, raw_digest)
    )
    source = of_raw.source_digest
    # With lines left out for being of today or later, the same tables give another snapshot tomorrow.
    if source and lines.later > 0 and run.as_of is None:
        source = of_day(source, run.today)
    return Origin(source, raw_digest, of_raw)
