"""The rules over the order lines: what is refused, set aside and counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from training.input_files.faults import SHOWN, listing
from training.input_files.report import Counted
from training.input_files.rules.oddities import HUGE, TIMES_USUAL, distinct_days, giants, is_constant, lonely_ends
from training.input_files.rules.repeats import Repeats, find_repeats
from training.input_files.rules.returns import LONGEST_DAYS, net_returns

if TYPE_CHECKING:
    import numpy.typing as npt

    from training.input_files.checking.checked_table import CheckedTable
    from training.input_files.options import ReadingOptions
    from training.input_files.rules.order_lines import Ints, OrderLines

_EPOCH: Final = dt.date(1970, 1, 1)


@dataclass
class Ruled:
    """The order lines after the rules.

    Attributes:
        problems: why the files are refused, a paragraph each.
        kept: (n,) false for lines that are set aside; None: all are kept.
        set_aside: these, by reason.
        odd: what looks like an error.
        future: number of lines that are set aside for being dated after today.
        repeated: number of lines that are the same as an earlier one.
        notes: sentences for the report.
        cancelled: rows of lines with a quantity of 0, from the file or because they are wholly returned.
        without_order: rows of returns that have no order, or not enough of it, before them.
    """

    problems: list[str] = field(default_factory=list)
    kept: npt.NDArray[np.bool_] | None = None
    set_aside: list[Counted] = field(default_factory=list)
    odd: list[Counted] = field(default_factory=list)
    future: int = 0
    repeated: int = 0
    notes: list[str] = field(default_factory=list)
    cancelled: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    without_order: Ints = field(default_factory=lambda: np.empty(0, np.int64))


def future_problem(table: CheckedTable, options: ReadingOptions) -> str | None:
    """Tell the lines of a file that are dated later than an order may be.

    Args:
        table: the file, faulty cells null.
        options: the last date.
    """
    blocks = table.columns.get("CHECKOUT_DATE")
    if not blocks:
        return None
    dates = pa.chunked_array(blocks)
    rows = pc.indices_nonzero(pc.fill_null(pc.greater(dates, options.last_date), fill_value=False)).to_pylist()
    if not rows:
        return None
    line_of = table.table.lines(rows[:SHOWN])
    lines = [(line_of.get(row), str(dates[row])) for row in rows[:SHOWN]]
    title = (
        f"{table.name}, column CHECKOUT_DATE: expected a date not after {options.last_date} "
        f"(today is {options.today}; INPUT_FUTURE_DAYS={options.future_days})"
    )
    return listing(title, lines, len(rows), "`--future drop` (INPUT_FUTURE in .env) sets such lines aside.")


def nothing_left(ruled: Ruled) -> str | None:
    """Tell that the rules set all lines aside."""
    if ruled.kept is None or ruled.kept.any():
        return None
    return "No order line is left: " + "; ".join(map(str, ruled.set_aside))


def returns_without_order(orders: OrderLines, ruled: Ruled) -> str | None:
    """Tell the returns that no order stands before; their orders may be in files that were read earlier."""
    rows = ruled.without_order
    if not len(rows):
        return None
    places = orders.places(rows[:SHOWN].tolist())
    lines = [(place[1], str(orders.columns["QUANTITY"][row])) for row, place in places.items()]
    title = (
        f"{orders.tables[0].name}, column QUANTITY: expected returns of orders that stand in the same file, at most "
        f"{LONGEST_DAYS} days before"
    )
    advice = "Returns are subtracted within a file that is appended. Load all files together, or give `--returns drop`."
    return listing(title, lines, len(rows), advice)


def apply_rules(orders: OrderLines, options: ReadingOptions) -> Ruled:
    """Apply the rules to the lines of all files; netted quantities are put into ``orders``."""
    ruled = Ruled()
    rules = _Rules(orders, options, ruled)
    rules.drop_future()
    rules.judge_repeats(find_repeats(list(orders.columns.values())))
    rules.take_returns()
    if not ruled.problems:
        rules.look_for_oddities()
    return ruled


@dataclass(frozen=True)
class _Rules:
    orders: OrderLines
    options: ReadingOptions
    ruled: Ruled

    def drop_future(self) -> None:
        late = np.flatnonzero(self.orders.columns["CHECKOUT_DATE"] > (self.options.last_date - _EPOCH).days)
        self.ruled.future = len(late)
        self._set_aside(f"dated after {self.options.last_date}", late, "CHECKOUT_DATE")

    def judge_repeats(self, repeats: Repeats) -> None:
        if not len(repeats.rows):
            return
        self.ruled.repeated = len(repeats.extra)
        if self.options.duplicates == "drop":
            self._set_aside("the same as an earlier line", repeats.extra, None)
            return
        doubled = [table for table, start, stop in self.orders.files() if repeats.doubled(start, stop)]
        if doubled and self.options.duplicates == "refuse":
            self.ruled.problems += [self._doubled(table, repeats) for table in doubled]
        else:
            self._note_odd("the same as an earlier line (kept; `--duplicates drop` drops them)", repeats.extra, None)

    def take_returns(self) -> None:
        quantity = self.orders.columns["QUANTITY"]
        returned = np.flatnonzero(quantity <= 0)
        if not len(returned):
            return
        if self.options.returns == "drop":
            self._set_aside("a quantity of 0 or less", returned, "QUANTITY")
            return
        self._net(quantity, returned)

    def look_for_oddities(self) -> None:
        columns, kept = self.orders.columns, self.ruled.kept
        live: slice | npt.NDArray[np.bool_] = slice(None) if kept is None else kept
        quantity, days = columns["QUANTITY"], columns["CHECKOUT_DATE"]
        large = self._live(giants(columns["PRODUCT_ID"][live], quantity[live]))
        self._note_odd(f"a quantity of {TIMES_USUAL:,} times the product's median or more", large, "QUANTITY")
        huge = self._live(np.flatnonzero(quantity[live] >= HUGE))
        self._note_odd(f"a quantity of {HUGE:,} cases or more", huge, "QUANTITY")
        if is_constant(quantity[live]):
            self.ruled.notes.append(f"looks odd: every order line has the same quantity, {quantity[live][0]:,}")
        free = self._live(np.flatnonzero(columns["VARIANT_CASE_PRICE_CENTS"][live] == 0))
        self._note_odd("a price of 0", free, "VARIANT_CASE_PRICE_CENTS")
        for day, distance in lonely_ends(distinct_days(days[live])):
            end, side = ("first", "before") if distance > 0 else ("last", "after")
            what = f"the {end} date stands alone, {abs(distance):,} days {side} all others"
            self._note_odd(what, self._live(np.flatnonzero(days[live] == day)), "CHECKOUT_DATE")

    def _live(self, places: Ints) -> Ints:
        """The rows of places among the lines that are kept."""
        return places if self.ruled.kept is None else np.flatnonzero(self.ruled.kept)[places]

    def _net(self, quantity: Ints, returned: Ints) -> None:
        columns = self.orders.columns
        kept = self.ruled.kept
        live = np.arange(len(quantity)) if kept is None else np.flatnonzero(kept)
        keys = [columns[name][live] for name in ("STORE_ID", "PRODUCT_ID", "PRODUCT_VARIANT_ID")]
        netted = net_returns(keys, columns["CHECKOUT_DATE"][live], quantity[live])
        self.ruled.cancelled = live[(netted.quantity == 0) & (quantity[live] >= 0)]
        self.ruled.without_order = live[netted.without_order]
        self._set_aside("a quantity of 0 or less, netted with orders", returned, "QUANTITY")
        gone = live[(netted.quantity == 0) & (quantity[live] > 0)]
        self._set_aside("wholly returned", gone, "QUANTITY")
        quantity[live] = np.where(netted.quantity > 0, netted.quantity, quantity[live])
        note = f"returns were subtracted from {netted.reduced:,} order lines"
        if netted.unmatched:
            note += f"; {netted.unmatched:,} returned cases have no order in the {LONGEST_DAYS} days before"
        self.ruled.notes.append(note)

    def _doubled(self, table: CheckedTable, repeats: Repeats) -> str:
        weaker = ""
        if "ORDER_ID" not in self.orders.tables[0].faults:
            weaker = " Without order ids, equal lines may also be separate orders."
        return (
            f"{table.name}: every line stands at least twice in the files ({len(repeats.extra):,} repeats): was an "
            f"export appended to itself?{weaker}\n"
            "  `--duplicates drop` reads each line once, `--duplicates keep` adds them up (INPUT_DUPLICATES in .env)."
        )

    def _set_aside(self, what: str, rows: Ints, column: str | None) -> None:
        kept = self.ruled.kept
        new = rows if kept is None else rows[kept[rows]]
        if not len(new):
            return
        if kept is None:
            self.ruled.kept = kept = np.ones(len(self.orders), dtype=bool)
        kept[new] = False
        self.ruled.set_aside.append(self._counted(what, new, column))

    def _note_odd(self, what: str, rows: Ints, column: str | None) -> None:
        if len(rows):
            self.ruled.odd.append(self._counted(what, rows, column))

    def _counted(self, what: str, rows: Ints, column: str | None) -> Counted:
        first = rows[:SHOWN].tolist()
        places = self.orders.places(first)
        told = tuple(self._told(row, places[row], column) for row in first)
        return Counted(what, len(rows), told)

    def _told(self, row: int, place: tuple[str, int | None], column: str | None) -> str:
        where = f"{place[0]} line {place[1]}"
        if column is None:
            return where
        value = int(self.orders.columns[column][row])
        return f"{where}: {_EPOCH + dt.timedelta(days=value) if column == 'CHECKOUT_DATE' else value}"
