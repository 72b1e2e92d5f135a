"""PromQL of the live metrics, which the API has for the last 7 and 28 scored days of each version."""

from typing import Final

from queries import API

VERSION: Final = f'{API}, version=~"$version"'
WINDOW: Final = f'{VERSION}, source="$source", days="$days"'


def live(metric: str, selector: str = WINDOW) -> str:
    """By version: every instance says the same."""
    return f"max by (version) ({metric}{{{selector}}})"


def best_baseline() -> str:
    """By version: the lowest score of a baseline on the same orders."""
    return f"min by (version) (quantity_live_baseline_score{{{WINDOW}}})"


def served(expression: str) -> str:
    """Keep the version that is served; the higher value of two during a rollout."""
    return f"max({expression} and on (version) quantity_model_info{{{API}}})"


def through(expression: str) -> str:
    """Draw the newest value of a metric through the whole time range.

    Grafana rounds the end of a range down to its step, which is hours for months: hence the look ahead.
    """
    return f"last_over_time({expression}[1d] @ end() offset -12h)"
