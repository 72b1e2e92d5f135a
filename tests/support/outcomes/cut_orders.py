"""Real orders, cut at a date: what a model is trained on, and what is delivered later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from training import sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE = "data_order.csv"
NEW_DAYS = 4
"""Order days that are delivered later: of weekly orders, so many weeks."""


class CutOrders:
    """Files of real weekly orders of some stores, whose last order days come later.

    Args:
        folder: for the three files; they hold all orders until `deliver` is called.
        weeks: how many there are.
        stores: how many there are.
    """

    def __init__(self, folder: Path, weeks: int = 20, stores: int = 20) -> None:
        assert sample.main([f"--weeks={weeks}", f"--stores={stores}", f"--out={folder}", "--overwrite"]) == 0
        self._path = folder / FILE
        lines = pd.read_csv(self._path)
        days = sorted(set(lines["CHECKOUT_DATE"]))
        self.new_days = days[-NEW_DAYS:]
        is_new = lines["CHECKOUT_DATE"].isin(self.new_days)
        self.old, self.new = lines[~is_new], lines[is_new]

    def deliver(self, *, with_new: bool, times: int = 1) -> None:
        """Write the order lines.

        Args:
            with_new: whether those of the new days are among them.
            times: their quantities are so many times as large.
        """
        new = self.new.assign(QUANTITY=self.new["QUANTITY"] * times)
        (pd.concat([self.old, new]) if with_new else self.old).to_csv(self._path, index=False)

    def ordered(self, times: int = 1) -> pd.DataFrame:
        """The new orders: ``store_id``, ``product_id``, ``day`` and the cases ``ordered``."""
        keys = {"STORE_ID": "store_id", "PRODUCT_ID": "product_id", "CHECKOUT_DATE": "day", "QUANTITY": "ordered"}
        orders = self.new.rename(columns=keys)[list(keys.values())]
        summed = orders.groupby(["store_id", "product_id", "day"])["ordered"].sum().reset_index()
        return summed.assign(ordered=summed["ordered"] * times)

    def requests(self, most_pairs: int = 500) -> Iterator[dict[str, Any]]:
        """Requests, for each new day, of the pairs that are ordered on it and of those ordered on the last old one."""
        known = set(zip(self.old["STORE_ID"], self.old["PRODUCT_ID"], strict=True))
        for day in self.new_days:
            of_day = self.new[self.new["CHECKOUT_DATE"] == day]
            ordered = zip(of_day["STORE_ID"], of_day["PRODUCT_ID"], strict=True)
            last = self.old[self.old["CHECKOUT_DATE"] == self.old["CHECKOUT_DATE"].max()]
            not_all_ordered = zip(last["STORE_ID"], last["PRODUCT_ID"], strict=True)
            pairs = sorted({*ordered, *not_all_ordered} & known)
            for start in range(0, len(pairs), most_pairs):
                asked = pairs[start : start + most_pairs]
                yield {"input": [{"store_id": int(s), "product_id": int(p)} for s, p in asked], "date": day}


def items_of(request: dict[str, Any], answer: dict[str, Any]) -> pd.DataFrame:
    """The items of an answer, with the day that they are for."""
    return pd.DataFrame(answer["items"]).assign(day=request["date"])


def expected_sums(items: pd.DataFrame, ordered: pd.DataFrame) -> dict[str, int]:
    """What outcomes must add up to, by plain pandas."""
    outcomes = items.merge(ordered, on=["store_id", "product_id", "day"])
    error = outcomes["quantity"] - outcomes["ordered"]
    return {
        "predicted": len(items),
        "orders": len(outcomes),
        "sum_quantity": int(outcomes["ordered"].sum()),
        "sum_abs_error": int(error.abs().sum()),
        "sum_error": int(error.sum()),
        "hits": int((error == 0).sum()),
        "covered": int(outcomes["ordered"].between(outcomes["low"], outcomes["high"]).sum()),
        "sum_range_width": int((outcomes["high"] - outcomes["low"]).sum()),
    }
