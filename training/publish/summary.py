"""The report at the end of preprocessing: orders read, phases with their cost, the snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from quantity.raw import RawTables
    from quantity.versions import Published
    from training.phases import PhaseRecord


def print_summary(console: Console, raw: RawTables, counts: Mapping[str, int], phases: Sequence[PhaseRecord]) -> None:
    """Rows in, rows kept, what is unknown, days covered, and the cost of each phase."""
    items = raw.order_items
    days = (items["checkout_date"].max() - items["checkout_date"].min()).days + 1
    unknown_product = ~items["product_id"].isin(raw.product_tags["product_id"])
    unknown_store = ~items["store_id"].isin(raw.stores["store_id"])
    rows = dict(counts) | {
        "order lines kept": len(items),
        "… of products without metadata": int(unknown_product.sum()),
        "… of stores without metadata": int(unknown_store.sum()),
        "days covered": days,
    }
    table = Table("", "", title="Orders")
    table.columns[1].justify = "right"
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    console.print(table)
    costs = Table("phase", "seconds", "peak MiB", title="Cost")
    for record in phases:
        costs.add_row(record.name, f"{record.seconds:.1f}", f"{record.peak_mib:,}")
    console.print(costs)


def print_published(console: Console, record: Published, what: str) -> None:
    """One line on the snapshot."""
    console.print(
        f"{what} snapshot {record.snapshot_id}, as of {record.as_of_date}: {record.feature_rows:,} feature rows, "
        f"{record.store_rows:,} stores, {record.product_rows:,} products, {record.pair_rows:,} pairs"
    )
