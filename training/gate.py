"""The promotion gate: whether a new version becomes champion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Policy = Literal["auto", "always", "never"]


@dataclass(frozen=True)
class Decision:
    """Whether to promote, and why."""

    promote: bool
    reason: str


def decide(policy: Policy, score: float, rivals: Mapping[str, float]) -> Decision:
    """Promote if the score beats every rival's on the same test window.

    Args:
        policy: ``auto`` compares; the others do not ask.
        score: WAPE + |bias| of the new version; lower is better.
        rivals: the same of the baselines and, if there is one, of the current champion; NaN for a champion
            that cannot be evaluated, which only ``always`` replaces.
    """
    if policy != "auto":
        return Decision(policy == "always", f"--promote {policy}")
    unbeaten = [f"{name} ({rival:.4f})" for name, rival in rivals.items() if not score < rival]
    if unbeaten:
        return Decision(promote=False, reason=f"score {score:.4f} does not beat {', '.join(unbeaten)}")
    beaten = ", ".join(f"{name} ({rival:.4f})" for name, rival in rivals.items())
    return Decision(promote=True, reason=f"score {score:.4f} beats {beaten}")
