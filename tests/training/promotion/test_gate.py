"""Only a version that beats everything is promoted; the first one always."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from quantity.model.metrics import Metrics, evaluate
from training.promotion.bootstrap import FEWEST_DAYS, Improvement
from training.promotion.gate import FIRST, NO_CHAMPION, TYPICAL_TOLERANCE, Policy, Rival, decide, decide_untested

BASELINES = {"last order": 0.6, "product mean": 0.5}


def rival(theirs: float, ours: float) -> Rival:
    """Champion version 3 beside the new version."""
    return Rival("3", "on 10 orders", theirs, ours)


@pytest.mark.parametrize(
    ("policy", "score", "champion", "promoted"),
    [
        pytest.param("auto", 0.4, rival(0.41, 0.40), True, id="beats the champion"),
        pytest.param("auto", 0.4, rival(0.40, 0.40), False, id="equals the champion"),
        pytest.param("auto", 0.4, rival(0.39, 0.40), False, id="loses to the champion"),
        pytest.param("auto", 0.55, rival(0.70, 0.55), False, id="beats the champion, loses to a baseline"),
        pytest.param("auto", float("nan"), rival(0.7, 0.5), False, id="no score"),
        pytest.param("always", 0.9, rival(0.1, 0.9), True, id="always"),
        pytest.param("never", 0.1, rival(0.9, 0.1), False, id="never"),
    ],
)
def test_beside_a_champion(policy: Policy, score: float, champion: Rival, promoted: bool) -> None:  # noqa: FBT001 - a row
    assert decide(policy, score, BASELINES, champion).promote is promoted


@pytest.mark.parametrize(("score", "warned"), [(0.4, False), (0.55, True), (float("nan"), True)])
@pytest.mark.parametrize("alone", [FIRST, NO_CHAMPION, "champion version 2 cannot be loaded"])
def test_without_a_champion_that_answers_it_serves_and_a_better_baseline_is_told(
    score: float,
    warned: bool,  # noqa: FBT001 - a row
    alone: str,
) -> None:
    decision = decide("auto", score, BASELINES, None, alone)
    assert decision.promote
    assert alone in decision.reason
    assert ("Warning" in decision.reason) == warned


def typical(wape: float, hits: float) -> Metrics:
    """Metrics of a typical number."""
    y = np.array([1.0, 2.0])
    return replace(evaluate(y, y), wape=wape, hit_rate=hits)


@pytest.mark.parametrize(
    ("wape", "hits", "promoted"),
    [
        (0.40, 0.50, True),
        (0.40 + TYPICAL_TOLERANCE / 2, 0.50, True),
        (0.40 + TYPICAL_TOLERANCE * 2, 0.50, False),
        (0.40, 0.50 - TYPICAL_TOLERANCE * 2, False),
    ],
)
def test_the_typical_number_may_not_get_worse(wape: float, hits: float, promoted: bool) -> None:  # noqa: FBT001 - a row
    beside = replace(rival(0.5, 0.4), typical=typical(0.40, 0.50), new_typical=typical(wape, hits))
    assert decide("auto", 0.4, BASELINES, beside).promote is promoted


def test_the_reason_names_who_was_not_beaten() -> None:
    reason = decide("auto", 0.55, BASELINES, rival(0.7, 0.55)).reason
    assert "product mean (0.5000, better by 0.0500)" in reason
    assert "last order" not in reason


def test_a_baseline_as_good_is_told_as_such() -> None:
    assert "product mean (0.5000, as good)" in decide("auto", 0.5, BASELINES, None).reason


@pytest.mark.parametrize(("ours", "warned"), [(0.39, False), (0.41, True), (0.55, True)])
def test_a_champion_that_no_service_can_load_gives_way_and_a_better_one_is_told(ours: float, warned: bool) -> None:  # noqa: FBT001 - a row
    decision = decide("auto", ours, BASELINES, replace(rival(0.4, ours), servable=False))
    assert decision.promote
    assert ("Warning: the champion was better" in decision.reason) is warned
    assert f"score {ours:.4f}, champion version 3 0.4000, on 10 orders" in decision.reason


@pytest.mark.parametrize(
    ("policy", "alone", "promoted"),
    [("auto", FIRST, True), ("auto", None, False), ("never", FIRST, False), ("always", None, True)],
)
def test_a_version_without_a_test_serves_where_nothing_else_could(
    policy: Policy,
    alone: str | None,
    promoted: bool,  # noqa: FBT001 - a row
) -> None:
    decision = decide_untested(policy, "one day", alone)
    assert decision.promote is promoted
    assert ("one day" in decision.reason) is (policy == "auto")


# --- by more than noise ------------------------------------------------------------------------------------


def beside(low: float, high: float = 0.02) -> Rival:
    """A champion that is worse on the same orders, give or take an interval."""
    found = Improvement((low + high) / 2, low, high, 0.9)
    return replace(rival(0.41, 0.40), orders=500, days=20, improvement=found)


@pytest.mark.parametrize(("low", "promoted"), [(0.001, True), (0.0, False), (-0.001, False)])
def test_the_lower_end_of_the_interval_must_be_above_zero(low: float, promoted: bool) -> None:  # noqa: FBT001 - a row
    decision = decide("auto", 0.40, BASELINES, beside(low))
    assert decision.promote is promoted
    assert ("does not beat the champion by more than noise" in decision.reason) is not promoted
    assert f"(90% interval {low:.4f} to 0.0200)" in decision.reason


def test_an_improvement_of_too_few_days_waits_for_more() -> None:
    few = replace(rival(0.41, 0.40), orders=500, days=1)
    decision = decide("auto", 0.40, BASELINES, few)
    assert not decision.promote
    assert f"takes {FEWEST_DAYS} days, not 1 day" in decision.reason


def test_where_only_recorded_scores_are_compared_the_better_wins_and_the_noise_is_told_as_unknown() -> None:
    for champion, promoted in ((0.41, True), (0.39, False)):
        decision = decide("auto", 0.40, BASELINES, rival(champion, 0.40))
        assert decision.promote is promoted
        assert "how much of that is noise is unknown" in decision.reason


def test_a_champion_that_no_service_can_load_gives_way_whatever_the_interval() -> None:
    assert decide("auto", 0.40, BASELINES, replace(beside(-0.01), servable=False)).promote
