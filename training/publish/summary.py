"""What preprocessing prints at its end, beside the report on the files: the orders, the phases' cost, the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from quantity.db.snapshots import FeatureListError, ensure_features_as_declared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from sqlalchemy import Engine

    from quantity.versions import Published
    from training.phases import PhaseRecord
    from training.publish.as_of import Lines


def print_summary(console: Console, lines: Lines, phases: Sequence[PhaseRecord]) -> None:
    """How many order lines the features know, and the cost of each phase."""
    console.print(f"features of {_lines(lines.before)} before {lines.as_of}")
    if lines.later:
        console.print(f"left out: {_lines(lines.later)} on that day or later")
    costs = Table("phase", "seconds", "peak MiB", title="Cost")
    for record in phases:
        costs.add_row(record.name, f"{record.seconds:.1f}", f"{record.peak_mib:,}")
    console.print(costs)


def print_published(console: Console, record: Published, what: str) -> None:
    """One line on the snapshot."""
    console.print(
        f"{what} snapshot {record.snapshot_id}, as of {record.as_of_date}: {record.feature_rows:,} feature rows, "
        f"{record.store_rows:,} stores, {record.product_rows:,} products, {record.pair_rows:,} pairs"
    )


def warn_of_other_features(console: Console, engine: Engine, record: Published) -> None:
    """One line, if this version of the project declares other features than the snapshot has.

    A service of the version that published it answers from it; training of this version cannot read it.
    """
    try:
        ensure_features_as_declared(engine, record)
    except FeatureListError as error:
        console.print(f"warning: {error}", soft_wrap=True)


def _lines(count: int) -> str:
    return "1 order line" if count == 1 else f"{count:,} order lines"
