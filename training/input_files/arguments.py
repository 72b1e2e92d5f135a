"""The options of reading on a command line: each overrides the setting ``INPUT_…`` of its name for one run."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import get_args

from quantity.settings import Settings

CHOICES = {
    "price_unit": "what the files give prices in",
    "ids": "ids of stores and products that are no whole numbers: auto takes them where most are text, text always",
    "returns": "lines with a quantity of 0 or less: refuse the files, drop the lines, or net them against orders",
    "duplicates": "repeated lines: refuse files that hold everything twice, keep all lines, or drop the repeated ones",
    "future": "lines of days after today: refuse the files, or drop the lines",
}
"""By option, with _ for -, what it decides."""


def add_reading_arguments(parser: argparse.ArgumentParser) -> None:
    """Add an option for each setting ``INPUT_…``; without it the setting counts."""
    group = parser.add_argument_group("how the files are read (defaults: INPUT_… in .env)")
    add = group.add_argument
    add(
        "--date-format",
        dest="input_date_format",
        metavar="FORMAT",
        help="of dates with two readings: %%d/%%m/%%Y, %%m/%%d/%%Y, excel or epoch",
    )
    add("--encoding", dest="input_encoding", help="of the text files, such as cp1250; otherwise recognized")
    for name, what in CHOICES.items():
        setting = f"input_{name}"
        choices = get_args(Settings.model_fields[setting].annotation)
        add(f"--{name.replace('_', '-')}", dest=setting, choices=choices, help=what)
    add(
        "--future-days",
        dest="input_future_days",
        type=_days,
        metavar="N",
        help="days after today on which an order is still no typing error",
    )


def chosen_settings(arguments: argparse.Namespace, settings: Settings) -> Settings:
    """The settings, with what was chosen on the command line."""
    chosen = {name: value for name, value in vars(arguments).items() if name.startswith("input_") and value is not None}
    return settings.model_copy(update=chosen)


def _days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of days")
    return int(text)


def calendar_date(text: str) -> dt.date:
    """The date of an argument.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as YYYY-MM-DD") from None
