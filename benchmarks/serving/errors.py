"""Why a run ends early."""

from __future__ import annotations


class MissingError(Exception):
    """Something that a measurement needs is not there; the message says how to get it."""


class MeasurementError(Exception):
    """A request failed."""
