"""What schemathesis must know of the service: JSON Schema takes 1.0 for an integer, the service does not."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def filter_body(_context: Any, body: Any) -> bool:
    """Whether to send a body: not one with a whole number that is written as a fraction."""
    return not _has_whole_float(body)


def _has_whole_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_whole_float, value.values()))
    if isinstance(value, list):
        return any(map(_has_whole_float, value))
    return isinstance(value, float) and value.is_integer()
