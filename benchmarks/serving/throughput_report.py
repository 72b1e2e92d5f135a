"""What the rounds say: the rates beside each other, and the goals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

from benchmarks.serving.contest import FEW, MANY
from benchmarks.serving.report import Finding
from benchmarks.serving.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.serving.throughput import Contender

LEAST_SHARE = {FEW: 0.70, MANY: 0.60}
"""Goals: the service's requests a second, as a share of the floor's."""

MOST_P99_RATIO = 2.0
LEAST_TIMES_MLFLOW = 10.0


def throughput_table(contenders: Sequence[Contender]) -> Table:
    """Everybody's rates and latencies, with their share of the floor's."""
    headings = ("pairs", "server", "requests/s", "p50, ms", "p99, ms", "floor's rate = 1", "floor's p99 = 1")
    table = Table(*headings, title="16 connections: median of the rounds (least to greatest)")
    for contender in contenders:
        floor = _find(contenders, "floor", contender.bodies.pairs)
        table.add_row(
            str(contender.bodies.pairs),
            contender.name + (", bodies repeated" if contender.repeated else ""),
            Spread.of(_rates(contender)).text(),
            Spread.of(done.p50_ms for done in contender.rounds).text(1),
            Spread.of(_p99(contender)).text(1),
            Spread.of_ratios(_rates(contender), _rates(floor)).text(2),
            Spread.of_ratios(_p99(contender), _p99(floor)).text(1),
        )
    return table


def throughput_findings(contenders: Sequence[Contender]) -> list[Finding]:
    """The goals, and what was reached."""
    return [*_beside_the_floor(contenders, FEW), *_beside_peers(contenders), *_beside_the_floor(contenders, MANY)]


def _beside_the_floor(contenders: Sequence[Contender], pairs: int) -> list[Finding]:
    floor, own = _find(contenders, "floor", pairs), _find(contenders, "service", pairs)
    share = Spread.of_ratios(_rates(own), _rates(floor))
    p99 = Spread.of_ratios(_p99(own), _p99(floor))
    rates = f"{Spread.of(_rates(own)).median:,.0f} of {Spread.of(_rates(floor)).median:,.0f} requests/s"
    least = LEAST_SHARE[pairs]
    found = [
        Finding(
            f"{pairs} pairs, share of the floor's rate",
            f"{share.text(2)}: {rates}",
            f"≥ {least:.2f}",
            share.median >= least,
        )
    ]
    if pairs == FEW:
        goal, met = f"≤ {MOST_P99_RATIO:g}", p99.median <= MOST_P99_RATIO
        found.append(Finding(f"{pairs} pairs, p99 as a multiple of the floor's", p99.text(2), goal, met))
    return found


def _beside_peers(contenders: Sequence[Contender]) -> list[Finding]:
    own = _find(contenders, "service", FEW)
    found = []
    for peer in contenders:
        if peer.name in ("floor", "service"):
            continue
        times = Spread.of_ratios(_rates(own), _rates(peer))
        value = f"{times.text(0)}: it answers {Spread.of(_rates(peer)).median:,.0f} requests/s"
        is_goal = peer.name == "mlflow"
        goal = f"≥ {LEAST_TIMES_MLFLOW:g}" if is_goal else ""
        met = times.median >= LEAST_TIMES_MLFLOW if is_goal else None
        found.append(Finding(f"{FEW} pairs, rate as a multiple of {peer.name}'s", value, goal, met))
    return found


def _find(contenders: Sequence[Contender], name: str, pairs: int) -> Contender:
    return next(one for one in contenders if one.name == name and one.bodies.pairs == pairs)


def _rates(contender: Contender) -> list[float]:
    return [done.per_second for done in contender.rounds]


def _p99(contender: Contender) -> list[float]:
    return [done.p99_ms for done in contender.rounds]
