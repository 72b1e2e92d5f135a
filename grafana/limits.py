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

COVERAGE: Final = (0.7, 0.9)
"""Share of the orders that the range may hold; it is made for 80 % (alert QuantityLiveCoverageOff)."""

BIAS: Final = (-0.1, 0.1)
"""Cases answered minus ordered, as a share of the cases ordered (alert QuantityLiveBiasHigh)."""

STABILITY_INDEX: Final = 0.5
"""Population stability index that five features of all pairs are above (alert QuantityFeaturesDrifted),"""

FAR_STABILITY_INDEX: Final = 2.0
"""or one."""

ENOUGH_ORDERS: Final = 50
"""Fewest orders of a category or a store in the tables of the worst: fewer say little."""

LOG_WAITING_SECONDS: Final = 900
"""Age of the oldest segment of the prediction log that was not shipped (alert QuantityLogNotShipped)."""
