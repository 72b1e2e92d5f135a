"""Sums by kind are those of a loop over the pairs."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest

from quantity.db.monitoring_tables import BASELINE_PREFIXES, SUMS
from quantity.model.metrics import evaluate
from quantity.outcomes import live_metrics
from training.outcomes.sums import Answered, sums_by

ANSWERS = ("quantity", "typical", "low", "high")


def answered(seed: int, count: int) -> tuple[pd.DataFrame, Answered]:
    """Answers to pairs of which some were ordered, with their keys."""
    rng = np.random.default_rng(seed)
    keys = pd.DataFrame(
        {
            "day": pd.to_datetime(rng.choice(["2026-01-01", "2026-01-02"], count)),
            "model_version": rng.choice(["1", "2"], count),
            "store_id": rng.integers(1, 4, count),
            "category": pd.Categorical(rng.choice(["", "tea"], count)),
        }
    )
    values = {name: rng.integers(1, 9, count) for name in ANSWERS}
    ordered = np.where(rng.random(count) < 0.3, np.nan, rng.integers(1, 9, count))
    baselines = {name: rng.integers(1, 18, count) / 2 for name in BASELINE_PREFIXES}
    return keys, Answered(**values, ordered=ordered, baselines=baselines)


def in_a_loop(keys: pd.DataFrame, pairs: Answered) -> dict[tuple[object, ...], dict[str, float]]:
    sums: dict[tuple[object, ...], dict[str, float]] = defaultdict(lambda: dict.fromkeys(SUMS, 0.0))
    for i, key in enumerate(keys.itertuples(index=False)):
        of = sums[tuple(key)]
        of["predicted"] += 1
        y = float(pairs.ordered[i])
        if np.isnan(y):
            continue
        of["orders"] += 1
        of["sum_quantity"] += y
        of["covered"] += pairs.low[i] <= y <= pairs.high[i]
        of["sum_range_width"] += pairs.high[i] - pairs.low[i]
        of["typical_sum_abs_error"] += abs(pairs.typical[i] - y)
        of["typical_hits"] += pairs.typical[i] == y
        answers = {"": pairs.quantity} | {f"{prefix}_": pairs.baselines[n] for n, prefix in BASELINE_PREFIXES.items()}
        for prefix, answer in answers.items():
            of[f"{prefix}sum_abs_error"] += abs(answer[i] - y)
            of[f"{prefix}sum_error"] += answer[i] - y
            of[f"{prefix}hits"] += round(float(answer[i])) == y
    return dict(sums)


@pytest.mark.parametrize("count", [0, 1, 400])
@pytest.mark.parametrize("names", [["model_version"], ["day", "model_version", "store_id", "category"]])
def test_the_sums_are_those_of_a_loop_over_the_pairs(names: list[str], count: int) -> None:
    keys, pairs = answered(seed=count, count=count)
    found = sums_by(keys[names], pairs)
    assert {
        tuple(row[: len(names)]): dict(zip(SUMS, row[len(names) :], strict=True)) for row in rows(found, names)
    } == (in_a_loop(keys[names], pairs))


def rows(sums: pd.DataFrame, names: list[str]) -> list[tuple[object, ...]]:
    return list(sums[[*names, *SUMS]].itertuples(index=False, name=None))


def test_live_metrics_of_the_sums_are_the_metrics_of_the_orders() -> None:
    keys, pairs = answered(seed=1, count=500)
    (row,) = sums_by(keys[[]].assign(all=1), pairs).to_dict("records")
    live = live_metrics({name: row[name] for name in SUMS})
    was = ~np.isnan(pairs.ordered)
    y, answers = pairs.ordered[was], {name: getattr(pairs, name)[was] for name in ANSWERS}
    metrics = evaluate(y, answers["quantity"], answers["low"], answers["high"])
    for name in ("score", "wape", "bias", "hit_rate", "coverage", "range_width"):
        assert getattr(live, name) == pytest.approx(getattr(metrics, name))
    assert live.typical_hit_rate == pytest.approx(evaluate(y, answers["typical"]).hit_rate)
    assert live.orders == was.sum()
    assert live.matched_share == pytest.approx(was.mean())
    for name, baseline in pairs.baselines.items():
        assert live.baselines[name] == pytest.approx(evaluate(y, baseline[was]).score)
