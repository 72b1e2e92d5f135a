"""What Grafana's MySQL data source makes of its macros (`pkg/tsdb/mysql/macros.go`), as far as the panels use them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import datetime as dt

_MACRO: Final = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
"""The arguments of a macro hold no closing bracket."""


class TimeRange(NamedTuple):
    """The time range that is shown, with a time zone."""

    start: dt.datetime
    end: dt.datetime


def expanded(statement: str, shown: TimeRange) -> str:
    """Return a statement as MySQL gets it.

    Raises:
        KeyError: an unknown macro.
    """
    start, end = (f"FROM_UNIXTIME({int(moment.timestamp())})" for moment in shown)

    def replacement(match: re.Match[str]) -> str:
        column = match[2].split(",")[0].strip()
        macros = {"__timeFrom": start, "__timeTo": end, "__timeFilter": f"{column} BETWEEN {start} AND {end}"}
        return macros[match[1]]

    return _MACRO.sub(replacement, statement)
