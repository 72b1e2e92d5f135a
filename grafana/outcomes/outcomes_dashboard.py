"""The Quantity outcomes dashboard: what came of the answers, and what may make them worse."""

from base_dashboard import FASTAPI, QUANTITY_MODEL, QUANTITY_OUTCOMES, Rows, base, instance_variable, link, with_rows
from grafana_foundation_sdk.builders.dashboard import Dashboard

from outcomes.drift_panels import asked_drift, latest_drift, skew
from outcomes.error_panels import bias, coverage, hits, matched, orders, range_width, typical_hits
from outcomes.log_panels import logged, lost, waiting_bytes, waiting_time
from outcomes.score_panels import score_by_day, score_over_7_days, score_over_28_days, versions
from outcomes.stats import error_stats, score_stats
from outcomes.tables import by_history, promotions, worst_categories, worst_stores
from outcomes.variables import days, promotion_marks, shift, source, version


def build() -> Dashboard:
    """Return the dashboard."""
    return with_rows(_without_panels(), _rows())


def _without_panels() -> Dashboard:
    # Outcomes come once a night, in days.
    return (
        base(QUANTITY_OUTCOMES, "Quantity outcomes", "What came of the answers, and what may make them worse.")
        .time("now-90d", "now")
        .refresh("5m")
        .annotations([promotion_marks()])
        .with_variable(instance_variable())
        .with_variable(source())
        .with_variable(days())
        .with_variable(version())
        .with_variable(shift())
        .link(link("Quantity model", QUANTITY_MODEL, same_time=False))
        .link(link("FastAPI Dashboard", FASTAPI, same_time=False))
    )


def _rows() -> Rows:
    return {
        "Now, the version served": [*score_stats(), *error_stats()],
        "Score": [score_over_28_days(), score_over_7_days(), score_by_day(), versions()],
        "Errors": [bias(), coverage(), hits(), typical_hits(), range_width(), matched(), orders()],
        "Where it errs": [worst_categories(), worst_stores(), by_history()],
        "Drift and skew": [asked_drift(), latest_drift(), skew()],
        "Prediction log, the last day": [logged(), lost(), waiting_bytes(), waiting_time()],
        "Promotions": [promotions()],
    }
