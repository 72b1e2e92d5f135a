"""An error in a line that a tag can hold."""

from __future__ import annotations

LONGEST = 300
"""Characters of an error that are told: the reason becomes a tag of the version."""


def described(error: Exception) -> str:
    """The error's class and message, in one line of at most `LONGEST` characters."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
