"""What becomes of logged predictions, as metrics: read at each scrape."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from api.service import Service


class LogMetrics(Collector):
    """Answered pairs by what became of them: logged, sampled out or lost.

    Args:
        service: has the log.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """The counts so far. All begin at 0, so that the first loss is an increase."""
        log = self._service.log
        yield CounterMetricFamily("quantity_logged_pairs", "Answered pairs in segments.", value=log.logged_pairs)
        yield CounterMetricFamily(
            "quantity_log_sampled_out_pairs",
            "Answered pairs outside of PREDICTION_LOG_SHARE.",
            value=log.sampled_out_pairs,
        )
        yield self._lost()
        yield from self._of_shipping()

    def _of_shipping(self) -> Iterator[Metric]:
        shipping = self._service.shipping
        yield CounterMetricFamily(
            "quantity_log_shipped_pairs",
            "Answered pairs inserted into the database, since the loader was started.",
            value=shipping.shipped_pairs,
        )
        since = shipping.waiting_since
        age = 0.0 if since is None else (dt.datetime.now(dt.UTC) - since).total_seconds()
        for name, documentation, value in (
            ("waiting_bytes", "Size of the segments that are not in the database yet.", shipping.waiting_bytes),
            ("waiting_seconds", "Age of the oldest of these segments.", max(age, 0.0)),
            ("failing", "Whether segments cannot be shipped.", shipping.failure is not None),
        ):
            yield GaugeMetricFamily(f"quantity_log_{name}", documentation, value=value)

    def _lost(self) -> Metric:
        lost = CounterMetricFamily(
            "quantity_log_lost_pairs", "Answered pairs that were to be logged and are lost.", labels=("reason",)
        )
        shipping = self._service.shipping
        of_loader = {"limit": shipping.dropped_pairs, "refused": shipping.refused_pairs}
        for reason, pairs in (self._service.log.lost_pairs | of_loader).items():
            lost.add_metric((reason,), pairs)
        return lost
