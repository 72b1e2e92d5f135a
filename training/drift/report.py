"""What a run found, as printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from training.drift.comparison import FEWEST_PAIRS
from training.drift.reference import ASKED, LATEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from training.drift.comparison import Compared
    from training.drift.findings import Findings
    from training.drift.skew import Skew

MOST_DRIFTED = 10

_MEANINGS = {LATEST: "the latest state of pairs", ASKED: "what is asked"}


def drift_lines(findings: Findings, version: str) -> Iterator[str | Table]:
    """Each population beside the reference of a version: a line, and a table of the most drifted features."""
    if findings.no_reference:
        yield f"drift: not compared: version {version}: {findings.no_reference}"
    for population, compared in findings.populations.items():
        pairs = f"drift of {_MEANINGS[population]} ({population}): {compared.pairs:,} pairs"
        if compared.is_judged:
            yield f"{pairs} beside the training of version {version}"
            yield _most_drifted(compared)
        else:
            yield f"{pairs}: not judged, fewer than {FEWEST_PAIRS}"


def _most_drifted(compared: Compared) -> Table:
    table = Table("feature", box=None, pad_edge=False)
    for heading in ("stability index", "missing", "in training"):
        table.add_column(heading, justify="right")
    for drift in compared.drifts[:MOST_DRIFTED]:
        shares = (drift.missing, drift.reference_missing)
        table.add_row(drift.feature, f"{drift.stability_index:.3f}", *(f"{share:.1%}" for share in shares))
    return table


def skew_lines(findings: Findings, share: float) -> Iterator[str]:
    """The logged answers that were computed again, and which were not."""
    for number, trouble in findings.troubles.items():
        yield f"skew: the answers of version {number} are not compared: {trouble}"
    if findings.skew is None:
        yield f"skew: no answers to compare, of {share:.0%} of the logged pairs"
        return
    yield _counts(findings.skew)
    for snapshot, lines in findings.changed.items():
        yield (
            f"skew: snapshot {snapshot}, from which differing answers were given, has {lines:+,} order lines since: "
            "late, corrected or deleted orders can be the cause"
        )


def _counts(skew: Skew) -> str:
    totals, days = skew.totals, skew.answers["checkout_date"]
    return (
        f"skew: {totals['compared']:,} logged answers for {days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}: "
        f"{totals['same']:,} the same as of the day, {totals['horizon']:,} other by the horizon alone, "
        f"{totals['differing']:,} differing"
    )
