"""Panels on what is predicted, and for whom."""

from typing import Final

from grafana_foundation_sdk.builders.heatmap import Panel as Heatmap
from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from panels import Spec, above, areas, distribution, lines
from queries import API, events, mean, quantile, rate, share, total
from targets import Series

PREDICTIONS: Final = rate("quantity_predictions_total", API)
COLD_STARTS: Final = rate("quantity_predictions_total", f'{API}, status="cold_start"')
UNKNOWN: Final = rate("quantity_predictions_total", f'{API}, status=~"unknown_.+"')


def predictions_by_status() -> Chart:
    """Pairs answered, by status."""
    return areas(
        Spec(
            title="Predictions by status",
            description=(
                "Pairs per minute. ok: ordered before. cold_start: store and product known, never ordered "
                "together. unknown_store, unknown_product: answered without a quantity."
            ),
            unit="cpm",
            series=[Series(f"{total(PREDICTIONS, 'status')} * 60", "{{status}}")],
            no_value="no traffic",
        )
    )


def shares() -> Chart:
    """Cold starts and unknown pairs among all."""
    return lines(
        Spec(
            title="Cold-start and unknown share",
            description=(
                "Share of all pairs. Cold starts rise with new stores and products; unknown pairs rise "
                "when callers are ahead of the snapshot. Dashed: a tenth, from which on the unknown share "
                "wants a look."
            ),
            unit="percentunit",
            series=[
                Series(share(total(COLD_STARTS), total(PREDICTIONS)), "cold start"),
                Series(share(total(UNKNOWN), total(PREDICTIONS)), "unknown"),
            ],
            steps=above(0.1),
            no_value="no traffic",
        )
    ).max(1)


def traffic_by_version() -> Chart:
    """Pairs answered, by the model version that answered."""
    return areas(
        Spec(
            title="Predictions by model version",
            description=("Pairs per minute by the version that answered: a promotion or rollback moves all of it."),
            unit="cpm",
            series=[Series(f"{total(PREDICTIONS, 'model_version')} * 60", "version {{model_version}}")],
            no_value="no traffic",
        )
    )


def quantity_distribution() -> Heatmap:
    """Histogram of the predicted quantities over time."""
    return distribution(
        Spec(
            title="Predicted quantity",
            description=(
                "Predictions by predicted cases over time; rows are the upper bounds of the buckets. Pack "
                "sizes (6, 12, 24) show as dark rows; a shift after a promotion is the new model's doing."
            ),
            unit="short",
            series=[Series(total(events("quantity_predicted_cases_bucket", API), "le"), "{{le}}")],
            width=12,
            no_value="no traffic",
        ),
        axis="cases",
    )


def quantity_statistics() -> Chart:
    """Mean and quantiles of the predicted quantities."""
    return lines(
        Spec(
            title="Predicted quantity: mean, median, p90",
            description="In cases. A drift with the same callers means changed features or a changed model.",
            unit="short",
            series=[
                Series(mean("quantity_predicted_cases", API), "mean"),
                Series(quantile(0.5, "quantity_predicted_cases", API), "median"),
                Series(quantile(0.9, "quantity_predicted_cases", API), "p90"),
            ],
            width=12,
            no_value="no traffic",
        )
    )


def pairs_per_request() -> Chart:
    """Size of the requests."""
    return lines(
        Spec(
            title="Pairs per request",
            description=(
                "Store and product pairs in one request; 10,000 is the most that is accepted. Large "
                "requests take longer."
            ),
            unit="short",
            series=[
                Series(mean("quantity_request_pairs", API), "mean"),
                Series(quantile(0.5, "quantity_request_pairs", API), "median"),
                Series(quantile(0.99, "quantity_request_pairs", API), "p99"),
            ],
            no_value="no traffic",
        )
    )
