"""Generated orders with known properties, of any size.

- **Packs.** Every quantity is a whole multiple of its product's pack: 6, 12 or 24 cases (`pack_of`).
- **Season of the week.** Stores order mostly on their own delivery day; orders of a Friday are the largest,
  those of a Sunday the smallest (`WEEKDAY_FACTOR`).
- **Newcomers.** Every fifth store and every fifth product appears in the second half of the period
  (`is_late`).
- **Missing metadata.** Some products have no tag or a single one, some stores no row or empty attributes
  (`TAGLESS`, `SINGLE_TAG`, `STORE_WITHOUT_ROW`, `STORE_WITHOUT_ATTRIBUTES`).
- **Long and short histories.** Some pairs of store and product order nearly every week, some once.

A store orders a product at most once a week. Numbers depend on the seed and the sizes alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from quantity.raw import RawTables

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

WEEKS: Final = 104
PACKS: Final = (6, 12, 24)
WEEKDAY_FACTOR: Final = (1.0, 0.9, 0.8, 1.0, 1.8, 1.3, 0.5)
"""Monday to Sunday: mean number of packs beyond the first, relative to the pair's own."""
LAST_DAY: Final = np.datetime64("2024-12-29", "D")
"""The Sunday on which the generated weeks end."""


class IdPattern(NamedTuple):
    """The ids that leave ``remainder`` when divided by ``divisor``."""

    divisor: int
    remainder: int

    def matches(self, ids: Ints) -> npt.NDArray[np.bool_]:
        """Tell which ids have the pattern."""
        matching: npt.NDArray[np.bool_] = ids % self.divisor == self.remainder
        return matching


LATE: Final = IdPattern(5, 3)
"""Stores and products that appear in the second half of the period."""
TAGLESS: Final = IdPattern(20, 7)
"""Products without a row in the metadata."""
SINGLE_TAG: Final = IdPattern(20, 11)
"""Products with their category only."""
STORE_WITHOUT_ROW: Final = IdPattern(10, 9)
STORE_WITHOUT_ATTRIBUTES: Final = IdPattern(10, 4)

_FIRST_PRODUCT: Final = 1001
_SHARE_ORDERED: Final = 0.115
"""Of all pairs, those that order in a mean week: nine weeks between a pair's orders, on average."""
_FEWEST_PAIRS: Final = 64
_OWN_DAY_SHARE: Final = 0.7
_CATEGORIES, _AISLES, _SHELVES = 8, 16, 48
_STORE_TYPES: Final = ("Convenience", "Supermarket", "Restaurant", "Kiosk")
_STORE_SIZES: Final = ("Small", "Medium", "Large")


@dataclass(frozen=True)
class Market:
    """Who may order what from when on; one entry per pair of store and product.

    Attributes:
        store_id, product_id: the pair; each one once.
        first_week: the week of the period, from 0, in which the pair can order for the first time.
        eagerness: how likely the pair is to order in a week, relative to the others.
        extra_packs: mean number of packs that it orders beyond the first.
        weeks: number of weeks in the period.
        seed: of the orders.
    """

    store_id: Ints
    product_id: Ints
    first_week: Ints
    eagerness: Floats
    extra_packs: Floats
    weeks: int
    seed: int


def make_market(rows: int, seed: int = 0, *, weeks: int = WEEKS, stores: int | None = None) -> Market:
    """Draw the pairs of a market in which ``rows`` order lines take place.

    Args:
        rows: number of order lines to make room for.
        seed: of the random numbers.
        weeks: length of the period.
        stores: number of stores; by default it grows with the number of rows, from 10 on.
    """
    rng = np.random.default_rng([seed, weeks])
    pairs = max(_FEWEST_PAIRS, round(rows / (weeks * _SHARE_ORDERED)))
    stores = stores or max(10, round(pairs**0.45))
    products = max(40, -(-3 * pairs // stores))
    store, product = np.divmod(rng.choice(stores * products, pairs, replace=False), products)
    store_id, product_id = store + 1, product + _FIRST_PRODUCT
    launch = {
        "store": _launch_weeks(rng, np.arange(stores) + 1, weeks),
        "product": _launch_weeks(rng, np.arange(products) + _FIRST_PRODUCT, weeks),
    }
    return Market(
        store_id=store_id,
        product_id=product_id,
        first_week=np.maximum(launch["store"][store], launch["product"][product]),
        eagerness=rng.lognormal(0.0, 1.5, pairs),
        extra_packs=rng.lognormal(-0.3, 0.6, pairs),
        weeks=weeks,
        seed=seed,
    )


def weekly_lines(market: Market, rows: int) -> Iterator[pd.DataFrame]:
    """Yield the order lines week by week, sorted by date, store and product.

    Args:
        market: made for as many rows.
        rows: number of order lines in all.
    """
    for week, count in enumerate(_lines_per_week(market, rows)):
        yield _lines_of_week(market, week, count)


def synthetic_tables(rows: int, seed: int = 0, *, weeks: int = WEEKS, stores: int | None = None) -> RawTables:
    """Generate the three tables at once; a few thousand rows take milliseconds.

    Args:
        rows: number of order lines.
        seed: of the random numbers.
        weeks: length of the period, which ends on `LAST_DAY`.
        stores: number of stores; by default it grows with the number of rows, from 10 on.
    """
    market = make_market(rows, seed, weeks=weeks, stores=stores)
    return RawTables(
        order_items=pd.concat(weekly_lines(market, rows), ignore_index=True),
        product_tags=product_tags(market),
        stores=store_rows(market),
    )


def pack_of(product_id: Ints) -> Ints:
    """The number of cases in a pack of a product."""
    return np.take(PACKS, product_id % len(PACKS))


def product_tags(market: Market) -> pd.DataFrame:
    """Category, aisle and shelf of the products, from the tag that most carry to the one that fewest do."""
    ids = np.unique(market.product_id)
    ids = ids[~TAGLESS.matches(ids)]
    many = ids[~SINGLE_TAG.matches(ids)]
    tags = pd.concat(
        [
            _tags(ids, "Category", _CATEGORIES),
            _tags(many, "Aisle", _AISLES),
            _tags(many, "Shelf", _SHELVES),
        ]
    )
    return tags.sort_values("product_id", kind="stable", ignore_index=True)


def store_rows(market: Market) -> pd.DataFrame:
    """Type, region and size of the stores."""
    ids = np.unique(market.store_id)
    ids = ids[~STORE_WITHOUT_ROW.matches(ids)]
    known = pd.DataFrame(
        {
            "store_id": ids,
            "store_type": pd.Series(np.take(_STORE_TYPES, ids % len(_STORE_TYPES)), dtype="str"),
            "region_id": pd.Series(1 + ids % (1 + len(ids) // 8), dtype="Int64"),
            "store_size": pd.Series(np.take(_STORE_SIZES, ids // 2 % len(_STORE_SIZES)), dtype="str"),
        }
    )
    known.loc[STORE_WITHOUT_ATTRIBUTES.matches(ids), ["store_type", "region_id", "store_size"]] = None
    return known


def _launch_weeks(rng: np.random.Generator, ids: Ints, weeks: int) -> Ints:
    late = rng.integers(weeks // 2, max(weeks - 1, weeks // 2 + 1), len(ids))
    return np.where(LATE.matches(ids), late, 0)


def _lines_per_week(market: Market, rows: int) -> list[int]:
    """Share the rows among the weeks as the number of pairs grows."""
    open_pairs = np.bincount(market.first_week, minlength=market.weeks).cumsum()
    share = open_pairs.cumsum() / open_pairs.sum()
    return [int(count) for count in np.diff(np.rint(share * rows), prepend=0)]


def _lines_of_week(market: Market, week: int, count: int) -> pd.DataFrame:
    rng = np.random.default_rng([market.seed, market.weeks, week])
    pair = _ordering_pairs(market, week, count, rng)
    store_id, product_id = market.store_id[pair], market.product_id[pair]
    own_day = (store_id * 5) % 7
    weekday = np.where(rng.random(count) < _OWN_DAY_SHARE, own_day, rng.integers(0, 7, count))
    packs = 1 + rng.poisson(market.extra_packs[pair] * np.take(WEEKDAY_FACTOR, weekday))
    day = 7 * week + weekday
    frame = pd.DataFrame(
        {
            "order_id": (day + 1) * 1_000_000 + store_id,
            "store_id": store_id,
            "brand_id": 1 + product_id % 97,
            "product_id": product_id,
            "product_variant_id": 10 * product_id + 1,
            "quantity": packs * pack_of(product_id),
            "variant_case_price_cents": _price_cents(product_id, week),
            "checkout_date": (LAST_DAY - 7 * market.weeks + 1 + day).astype("datetime64[s]"),
        }
    )
    return frame.sort_values(["order_id", "product_id"], ignore_index=True)


def _ordering_pairs(market: Market, week: int, count: int, rng: np.random.Generator) -> Ints:
    """Draw pairs without replacement, the eager ones more often.

    The smallest of exponential waiting times, each divided by its weight, are such a draw (Efraimidis and
    Spirakis, 2006).
    """
    open_pairs = np.flatnonzero(market.first_week <= week)
    wait = rng.standard_exponential(len(open_pairs)) / market.eagerness[open_pairs]
    return open_pairs[np.argpartition(wait, count - 1)[:count]] if count else open_pairs[:0]


def _price_cents(product_id: Ints, week: int) -> Ints:
    """A price per product between 2 and 60 dollars that rises by 2 % each quarter of a year."""
    first = 200 + product_id * 7919 % 5800
    return first * (100 + 2 * (week // 13)) // 100


def _tags(ids: Ints, name: str, groups: int) -> pd.DataFrame:
    tags = [f"{name} {number}" for number in range(1, groups + 1)]
    return pd.DataFrame({"product_id": ids, "product_metadata": pd.Series(np.take(tags, ids % groups), dtype="str")})
