"""A sample to write: order lines in pieces, so that millions of them need no memory, and the metadata."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from training.sample_data.grocery import cut, daily_lines, weekly_orders
from training.sample_data.synthetic import WEEKS, make_market, product_tags, store_rows, weekly_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from quantity.raw import RawTables
    from training.sample_data.grocery import Grocery

REAL_SHAPES: Final[dict[str, Callable[[Grocery], RawTables]]] = {"orders": weekly_orders, "lines": daily_lines}

PIECE_ROWS: Final = 100_000


@dataclass(frozen=True)
class Sample:
    """What to write.

    Attributes:
        order_items: the order lines in pieces.
        product_tags: as in `RawTables`.
        stores: as in `RawTables`.
        rows: number of order lines.
    """

    order_items: Iterable[pd.DataFrame]
    product_tags: pd.DataFrame
    stores: pd.DataFrame
    rows: int


@dataclass
class Summary:
    """Counts the order lines that pass by, and their distinct stores, products and days."""

    rows: int = 0
    stores: set[int] = field(default_factory=set)
    products: set[int] = field(default_factory=set)
    days: set[pd.Timestamp] = field(default_factory=set)

    def add(self, lines: pd.DataFrame) -> None:
        """Count some more order lines."""
        self.rows += len(lines)
        self.stores.update(lines["store_id"].unique())
        self.products.update(lines["product_id"].unique())
        self.days.update(lines["checkout_date"].unique())


def real_sample(source: Grocery, shape: str, weeks: int | None, stores: int | None) -> Sample:
    """The real transactions in one of `REAL_SHAPES`.

    Args:
        source: the transactions.
        shape: its name.
        weeks: only the last so many; None: all.
        stores: only the so many busiest; None: all.
    """
    tables = cut(REAL_SHAPES[shape](source), weeks, stores)
    rows = len(tables.order_items)
    pieces = (tables.order_items[first : first + PIECE_ROWS] for first in range(0, rows, PIECE_ROWS))
    return Sample(pieces, tables.product_tags, tables.stores, rows)


def synthetic_sample(rows: int, seed: int, weeks: int | None, stores: int | None) -> Sample:
    """So many generated order lines; the same seed gives the same ones."""
    market = make_market(rows, seed, weeks=weeks or WEEKS, stores=stores)
    return Sample(weekly_lines(market, rows), product_tags(market), store_rows(market), rows)
