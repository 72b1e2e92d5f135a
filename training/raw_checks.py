"""Checks the raw tables before features are computed from them, and prints one report.

``python -m training.raw_checks --help`` tells more.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from quantity.db.engine import connect
from quantity.db.failures import message_of
from quantity.settings import Settings, settings_or_exit
from training.quality.checks import faults, report, verdict
from training.quality.raw_tables import RawLimits, check_raw_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

SOUND, DATABASE_FAILED, FAULTY = range(3)
"""Exit codes."""


def main(
    argv: Sequence[str] | None = None, settings: Settings | None = None, *, prog: str = "python -m training.raw_checks"
) -> int:
    """Run the program; the result is its exit code."""
    arguments = _parser(prog).parse_args(argv)
    settings = settings or settings_or_exit()
    limits = RawLimits(
        arguments.max_age_days, arguments.max_unknown_share, arguments.max_row_drop, settings.input_future_days
    )
    engine = connect(settings.database_url)
    try:
        checks = check_raw_tables(engine, limits, settings.today())
    except SQLAlchemyError as error:
        sys.stderr.write(f"raw_checks: database {engine.url!r}: {message_of(error)}\n")
        return DATABASE_FAILED
    finally:
        engine.dispose()
    sys.stdout.write(report(f"raw tables in {engine.url!r}", checks))
    sys.stdout.flush()
    sys.stderr.write(verdict("raw_checks", checks))
    return FAULTY if faults(checks) else SOUND


def _parser(prog: str) -> argparse.ArgumentParser:
    defaults = RawLimits()
    parser = argparse.ArgumentParser(
        prog=prog,
        description=(
            "Checks the raw tables fact_order_items, dim_product and dim_store and prints one report. "
            "Changes nothing. Order lines of stores or products without metadata are usable, so they are a "
            "fault only where they are many."
        ),
        epilog=f"exit codes: {SOUND} sound, {DATABASE_FAILED} the database failed, {FAULTY} the tables are faulty",
    )
    parser.add_argument(
        "--max-age-days",
        type=lambda text: int(text) if text else None,
        metavar="N",
        help="most days since the last order; empty: any (default)",
    )
    parser.add_argument(
        "--max-unknown-share",
        type=float,
        default=defaults.max_unknown_share,
        metavar="SHARE",
        help="largest share of lines of stores, or of products, without metadata (default %(default)s)",
    )
    parser.add_argument(
        "--max-row-drop",
        type=float,
        default=defaults.max_row_drop,
        metavar="SHARE",
        help="largest share of order lines that may be gone since the published snapshot (default %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
