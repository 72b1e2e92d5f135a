"""Only a version that beats everything on the same window is promoted."""

from __future__ import annotations

import pytest

from training.gate import Policy, decide

BASELINES = {"last order": 0.6, "product mean": 0.5}


@pytest.mark.parametrize(
    ("policy", "score", "rivals", "promoted"),
    [
        pytest.param("auto", 0.4, BASELINES, True, id="first champion: beats the baselines"),
        pytest.param("auto", 0.55, BASELINES, False, id="loses to one baseline"),
        pytest.param("auto", 0.4, BASELINES | {"champion version 3": 0.41}, True, id="beats the champion"),
        pytest.param("auto", 0.4, BASELINES | {"champion version 3": 0.4}, False, id="equals the champion"),
        pytest.param("auto", 0.4, BASELINES | {"champion version 3": 0.39}, False, id="loses to the champion"),
        pytest.param("auto", 0.4, BASELINES | {"champion version 3": float("nan")}, False, id="champion not evaluated"),
        pytest.param("auto", float("nan"), BASELINES, False, id="no score"),
        pytest.param("always", 0.9, BASELINES, True, id="always"),
        pytest.param("never", 0.1, BASELINES, False, id="never"),
    ],
)
def test_decide(policy: Policy, score: float, rivals: dict[str, float], promoted: bool) -> None:  # noqa: FBT001 - a row
    assert decide(policy, score, rivals).promote is promoted


def test_the_reason_names_who_was_not_beaten() -> None:
    reason = decide("auto", 0.55, BASELINES).reason
    assert "product mean (0.5000)" in reason
    assert "last order" not in reason
