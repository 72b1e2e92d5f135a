"""A snapshot knows the orders before its as-of date, and no others."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from quantity.raw import RawTables
from training.publish.as_of import NoOrdersBeforeError, known_before

TODAY = dt.date(2025, 3, 10)


def raw(*days: str) -> RawTables:
    items = pd.DataFrame(
        {"quantity": range(1, len(days) + 1), "checkout_date": pd.to_datetime(list(days)).as_unit("s")}
    )
    return RawTables(order_items=items, product_tags=pd.DataFrame(), stores=pd.DataFrame())


@pytest.mark.parametrize(
    ("days", "as_of", "kept", "expected"),
    [
        (["2025-03-01", "2025-03-05"], None, [1, 2], "2025-03-06"),
        (["2025-03-09", "2025-03-10"], None, [1], "2025-03-10"),
        (["2025-03-10", "2025-03-11", "2025-03-07"], None, [3], "2025-03-08"),
        (["2025-03-01", "2025-03-05"], "2025-03-05", [1], "2025-03-05"),
        (["2025-03-01", "2025-03-05"], "2025-03-20", [1, 2], "2025-03-20"),
        (["2025-03-10"], "2025-03-11", [1], "2025-03-11"),
    ],
    ids=["all past", "today is not complete", "future", "a past day", "a silent week", "today on demand"],
)
def test_the_orders_before_the_as_of_date_are_known(
    days: list[str], as_of: str | None, kept: list[int], expected: str
) -> None:
    known = known_before(raw(*days), dt.date.fromisoformat(as_of) if as_of else None, TODAY)
    assert known.lines.as_of == dt.date.fromisoformat(expected)
    assert known.raw.order_items["quantity"].tolist() == kept
    assert known.lines.later == len(days) - len(kept)


@pytest.mark.parametrize(
    ("as_of", "told"), [(None, "--as-of with tomorrow's date"), (dt.date(2025, 3, 10), "Give a later --as-of")]
)
def test_without_an_order_before_it_there_is_no_snapshot(as_of: dt.date | None, told: str) -> None:
    with pytest.raises(NoOrdersBeforeError, match="the first is of 2025-03-10") as error:
        known_before(raw("2025-03-10"), as_of, TODAY)
    assert told in str(error.value)
