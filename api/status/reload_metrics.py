"""Counts of what was loaded, and of what could not be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

SOURCES = ("model", "snapshot")


class ReloadMetrics:
    """Counters by source; all begin at 0, so that the first failure is an increase.

    Args:
        registry: where they are collected.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._loaded = Counter(
            "quantity_reloads",
            "Models and snapshots taken from their source into service.",
            ("source",),
            registry=registry,
        )
        self._failed = Counter(
            "quantity_reload_failures",
            "Attempts to ask a source or to load from it that failed.",
            ("source",),
            registry=registry,
        )
        self._copy_failed = Counter(
            "quantity_local_copy_failures",
            "Local copies that could not be written.",
            ("source",),
            registry=registry,
        )
        for source in SOURCES:
            for counter in (self._loaded, self._failed, self._copy_failed):
                counter.labels(source)

    def loaded(self, source: str) -> None:
        """Count something new in service."""
        self._loaded.labels(source).inc()

    def failed(self, source: str) -> None:
        """Count a failed attempt."""
        self._failed.labels(source).inc()

    def copy_failed(self, source: str) -> None:
        """Count a local copy that could not be written."""
        self._copy_failed.labels(source).inc()
