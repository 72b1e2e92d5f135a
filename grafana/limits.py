"""Limits that panels draw: the same numbers as in prometheus/rules/alerts.yml, where they raise alerts."""

from typing import Final

ERROR_RATIO: Final = 0.05
"""Share of the requests that may fail (alert QuantityApiErrorRatioHigh)."""

P99_SECONDS: Final = 0.25
"""99th percentile of the request duration (alert QuantityApiLatencyHigh)."""

FEATURES_AGE_SECONDS: Final = 3 * 86_400
"""Age of the features' as-of date (alert QuantityFeaturesStale)."""

SOURCE_AGE_SECONDS: Final = 300
"""Time since a source has last told what it has (alert QuantitySourceSilent)."""
