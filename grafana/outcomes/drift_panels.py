"""Panels on what may make a good model bad: features that drift, and answers that differ from training's."""

from grafana_foundation_sdk.builders.timeseries import Panel as Chart
from limits import FAR_STABILITY_INDEX, STABILITY_INDEX
from panels import NEUTRAL, Spec, Steps, above, areas, lines
from targets import Sql

from outcomes.statements import MEANT, VERSIONS, shown

FEATURES = 10


def asked_drift() -> Chart:
    """Features of the pairs that are asked about."""
    return _drift(
        "Drift of the pairs asked about",
        "asked",
        "Population stability index of the features of the pairs in the prediction log, against those that the "
        "version was trained on. It calls nobody: what people ask about is theirs to change.",
    )


def latest_drift() -> Chart:
    """Features of all pairs as they are now."""
    return _drift(
        "Drift of all pairs",
        "latest",
        "The same of the latest state of all pairs, against the latest state when the version was trained. Dashed: "
        f"{STABILITY_INDEX:g}, where five features call somebody; one alone does above {FAR_STABILITY_INDEX:g}.",
        above(STABILITY_INDEX),
    )


def skew() -> Chart:
    """Answers computed again."""
    kinds = " UNION ALL ".join(
        f"SELECT day, '{name}' AS metric, {column} AS value FROM prediction_skew WHERE {VERSIONS} AND {shown('day')}"
        for column, name in {
            "same": "same",
            "horizon": "explained by the horizon",
            "differing": "differing",
        }.items()
    )
    days = f"SELECT {MEANT.format(day='day')} AS time, metric, SUM(value) AS value\nFROM ({kinds}) AS counted\n"
    return areas(
        Spec(
            title="Answers computed again",
            description=(
                "A sample of the logged answers by checkout date, computed again from training's features. Those that "
                "the horizon explains were given before the last orders were known. Differing ones should not be there."
            ),
            unit="short",
            series=[Sql(f"{days}GROUP BY 1, 2\nORDER BY time, metric")],
            no_value="none computed again",
        )
    ).decimals(0)


def _drift(title: str, population: str, description: str, steps: Steps = NEUTRAL) -> Chart:
    rows = f"FROM feature_drift WHERE population = '{population}' AND {VERSIONS}"
    latest = f"SELECT MAX(as_of_date) {rows}"
    most = (
        f"SELECT feature {rows} AND as_of_date = ({latest})"
        f" GROUP BY feature ORDER BY MAX(stability_index) DESC LIMIT {FEATURES}"
    )
    return lines(
        Spec(
            title=title,
            description=f"{description} The {FEATURES} most drifted of the last snapshot.",
            unit="short",
            series=[
                Sql(
                    f"SELECT {MEANT.format(day='as_of_date')} AS time, feature AS metric,"
                    f" MAX(stability_index) AS value\n{rows} AND {shown('as_of_date')}\n"
                    # The subquery's own subquery: a limit is not allowed right inside of IN.
                    f"AND feature IN (SELECT feature FROM ({most}) AS most)\nGROUP BY 1, 2\nORDER BY time, metric"
                )
            ],
            steps=steps,
            no_value="not compared",
        )
    ).span_nulls(span_nulls=True)
