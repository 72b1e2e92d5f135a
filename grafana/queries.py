"""PromQL expressions that the dashboards have in common.

`$instance` and `$handler` are the dashboards' variables; `$__rate_interval` is Grafana's, never less than
four scrape intervals.
"""

from typing import Final

JOB: Final = 'job="quantity-api"'
API: Final = f'{JOB}, instance=~"$instance"'
NO_PROBES: Final = 'handler!~"/metrics|/healthcheck/.*"'
"""Leaves out probes and Prometheus's own scrapes."""
TRAFFIC: Final = f'{API}, {NO_PROBES}, handler=~"$handler"'


def rate(metric: str, selector: str) -> str:
    """Increase a second of a counter, one series for each of its own."""
    return f"rate({metric}{{{selector}}}[$__rate_interval])"


def events(metric: str, selector: str) -> str:
    """Whole number of events in the interval: `increase` extrapolates, hence the rounding."""
    return f"round(increase({metric}{{{selector}}}[$__rate_interval]))"


def total(expression: str, *by: str) -> str:
    """Sum over all series, or one sum for each combination of the labels in `by`."""
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def or_zero(expression: str) -> str:
    """Zero where nothing was counted yet, so that no failures reads as 0 and not as missing data."""
    return f"{expression} or vector(0)"


def mean(histogram: str, selector: str, *by: str) -> str:
    """Mean of a histogram's observations, absent while there are none."""
    observed = total(rate(f"{histogram}_sum", selector), *by)
    count = total(rate(f"{histogram}_count", selector), *by)
    return f"{observed} / ({count} > 0)"


def quantile(q: float, histogram: str, selector: str, *by: str) -> str:
    """Quantile `q` in [0, 1] of a histogram's observations, absent (instead of NaN) while there are none."""
    buckets = total(rate(f"{histogram}_bucket", selector), *by, "le")
    return f"histogram_quantile({q}, {buckets}) >= 0"


def share(part: str, whole: str) -> str:
    """Share of `part` in `whole`: zero without a part, absent without a whole."""
    return f"({or_zero(part)}) / ({whole} > 0)"


def moments(metric: str, selector: str) -> str:
    """Timestamps in milliseconds, as Grafana's units of dates want them; absent where never set."""
    return f"({metric}{{{selector}}} > 0) * 1000"
