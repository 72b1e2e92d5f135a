"""What a run did, as printed: at most 80 columns wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from quantity.outcomes import LiveMetrics
    from training.outcomes.logged import LeftOut
    from training.outcomes.replaying import Replay
    from training.outcomes.scoring import Scored


def scored_lines(scored: Scored, as_of: dt.date) -> Iterator[str]:
    """What scoring the log did, a line each."""
    if not scored.logged:
        yield f"no answers are logged for days before {as_of}: nothing to score"
    elif not scored.days:
        yield f"nothing is new: {counted(scored.logged, 'day')} of logged answers {_stay(scored.logged)} as scored"
    else:
        answered, orders = scored.sums.answered, scored.sums.orders
        yield f"scored {days_text(scored.days)}: {counted(answered, 'answered pair')}, {_share(orders, answered)}"
    if any(scored.left_out):
        yield f"left out: {_left_out(scored.left_out)}"
    if scored.pruned:
        yield f"not scored again, their answers being pruned from the log: {counted(scored.pruned, 'day')} of a version"


def replayed_lines(run: Replay, as_of: dt.date, days: int) -> Iterator[str]:
    """What a replay did, a line each."""
    versions = ", ".join(number for number in run.versions if number not in run.troubles)
    if run.days:
        yield f"replayed {days_text(run.days)}: {counted(run.sums.orders, 'answered order')}"
    else:
        yield (
            f"nothing is new: the last {counted(days, 'day')} before {as_of} hold no order that version {versions} "
            "was not fitted to, and not yet scored on"
        )


def days_text(days: Sequence[dt.date]) -> str:
    """How many days there are, and from when to when."""
    span = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"{counted(len(days), 'day')} ({span})"


def counted(count: int, what: str) -> str:
    """A number of things, in words."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def versions_table(versions: Mapping[str, LiveMetrics]) -> Table:
    """The metrics of each version beside the best baseline on the same orders."""
    table = Table("version", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("orders", "score", "best baseline", "its score", "wape", "bias", "hits", "cover"):
        table.add_column(heading, justify="right")
    for number, metrics in versions.items():
        name, score = metrics.best_baseline
        ratios = (metrics.wape, metrics.bias, metrics.hit_rate, metrics.coverage)
        values = (f"{metrics.orders:,}", f"{metrics.score:.3f}", name, f"{score:.3f}", *(f"{x:.3f}" for x in ratios))
        table.add_row(number, *values)
    return table


def _stay(count: int) -> str:
    return "stays" if count == 1 else "stay"


def _share(orders: int, answered: int) -> str:
    return f"{orders / answered:.1%} of them ordered" if answered else "none of them counts"


def _left_out(left_out: LeftOut) -> str:
    parts = {
        "to unknown stores or products": left_out.unknown,
        "that knew the order already": left_out.hindsight,
        "that a later one replaces": left_out.replaced,
    }
    return ", ".join(f"{counted(count, 'answer')} {which}" for which, count in parts.items() if count)
