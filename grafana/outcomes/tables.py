"""Tables on where the answers err, and the audit trail of the promotions."""

from typing import Final

from grafana_foundation_sdk.builders.table import Panel as Table
from limits import ENOUGH_ORDERS
from panels import Spec, column, decimals, records
from targets import Sql

from outcomes.statements import BEST_BASELINE, CHOSEN, OUTCOMES, STORE_OUTCOMES, WINDOW, per_case, per_order, score

KINDS: Final = 10
PROMOTIONS: Final = 20
RATIOS: Final = ("Bias", "Coverage", "Hits", "Typical hits")
CHOSEN_DAYS: Final = "over the chosen last days; an order counts once for each chosen version that answered it"


def worst_categories() -> Table:
    """Categories by their score."""
    return _worst("Worst categories", "categories", "COALESCE(NULLIF(category, ''), 'unknown')", "Category", OUTCOMES)


def worst_stores() -> Table:
    """Stores by their score."""
    return _worst("Worst stores", "stores", "CAST(store_id AS CHAR)", "Store", STORE_OUTCOMES)


def by_history() -> Table:
    """The same by how much was known of the pair."""
    return _of_kinds(
        Spec(
            title="By history length",
            description=(
                "The same by the pair's earlier orders: none, thin (1 to 4) and rich (5 and more), "
                f"{CHOSEN_DAYS}. Little is known without history: a high score there is no surprise."
            ),
            unit="short",
            series=[Sql(_by("history", "History", OUTCOMES) + "ORDER BY FIELD(History, 'none', 'thin', 'rich')")],
            no_value="not scored",
        )
    )


def promotions() -> Table:
    """The audit trail."""
    columns = (
        "promoted_at AS Promoted, from_version AS `From`, to_version AS `To`, promoted_by AS `By`, reason AS Reason,"
        " orders AS Orders, improvement AS Improvement, improvement_low AS Lowest, improvement_high AS Highest,"
        " level AS Level"
    )
    panel = records(
        Spec(
            title="Promotions",
            description=(
                "The last times that the alias moved. Improvement: how much lower the new version's score was on the "
                "same orders, with the ends of its interval; empty where the two were not compared."
            ),
            unit="short",
            series=[Sql(f"SELECT {columns} FROM promotions ORDER BY promotion_id DESC LIMIT {PROMOTIONS}")],
            width=24,
            no_value="no promotion yet",
        )
    )
    return panel.override_by_name("Promoted", column("dateTimeAsIso")).override_by_name("Level", column("percentunit"))


def _worst(title: str, kinds: str, kind: str, name: str, source: str) -> Table:
    worst = f"HAVING SUM(orders) >= {ENOUGH_ORDERS} ORDER BY Score DESC LIMIT {KINDS}"
    return _of_kinds(
        Spec(
            title=title,
            description=(
                f"The {KINDS} {kinds} of the highest score with at least {ENOUGH_ORDERS} orders, {CHOSEN_DAYS}. Where "
                "the best baseline is better, the model has something to learn."
            ),
            unit="short",
            series=[Sql(_by(kind, name, source) + worst)],
            no_value=f"none with {ENOUGH_ORDERS} orders",
        )
    )


def _by(kind: str, name: str, source: str) -> str:
    values = {
        "Orders": "SUM(orders)",
        "Score": score(),
        "Best baseline": BEST_BASELINE,
        "Bias": per_case("sum_error"),
        "Coverage": per_order("covered"),
        "Hits": per_order("hits"),
        "Typical hits": per_order("typical_hits"),
    }
    columns = ", ".join(f"{value} AS `{column}`" for column, value in values.items())
    return f"SELECT {kind} AS {name}, {columns} FROM {source}\nWHERE {CHOSEN} AND {WINDOW}\nGROUP BY 1\n"


def _of_kinds(spec: Spec) -> Table:
    panel = records(spec).decimals(3).override_by_name("Orders", [*column("short"), decimals(0)])
    for name in RATIOS:
        panel.override_by_name(name, [*column("percentunit"), decimals(1)])
    return panel
