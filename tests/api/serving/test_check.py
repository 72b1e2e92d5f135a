"""What a model and a snapshot must do before they are served."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from api.serving.check import PROBE_PAIRS, CheckFailedError, check, check_content
from quantity.online.kernel import COLD_START, OK
from quantity.online.predictor import Predictions, Predictor
from tests.support.api.small_market import model_in_memory, snapshot_in_memory

if TYPE_CHECKING:
    import datetime as dt

SNAPSHOT = snapshot_in_memory().features


class Answering:
    """A predictor with one answer to everything; its typical quantity is the other one unless given."""

    def __init__(self, low: int, quantity: int, high: int, *, typical: int | None = None, status: int = OK) -> None:
        self._answer = (quantity, quantity if typical is None else typical, low, high)
        self._status = status

    def predict(self, store_id: np.ndarray, product_id: np.ndarray, _date: dt.date) -> Predictions:
        same = np.tile((self._status, *self._answer), (len(store_id), 1))
        return Predictions(np.column_stack([store_id, product_id, same]))

    def as_predictor(self) -> Predictor:
        return cast("Predictor", self)


class Failing(Answering):
    """A predictor that fails."""

    def predict(self, *_: object) -> Predictions:
        raise IndexError("index 57 is out of bounds")


def test_a_real_model_and_snapshot_pass() -> None:
    check(Predictor(model_in_memory().compiled, SNAPSHOT), SNAPSHOT)


def test_the_probe_is_of_different_pairs_that_were_ordered() -> None:
    store_id, product_id = SNAPSHOT.pairs(PROBE_PAIRS)

    assert len(set(zip(store_id.tolist(), product_id.tolist(), strict=True))) == PROBE_PAIRS


@pytest.mark.parametrize(
    ("predictor", "reason"),
    [
        (Answering(1, 0, 5), "is 0 cases"),
        (Answering(-5, -3, 5), "is -3 cases"),
        (Answering(3, 2, 5), "in the range 3 to 5"),
        (Answering(1, 6, 5), "in the range 1 to 5"),
        (Answering(2, 3, 5, typical=1), "is 3 cases, typically 1, in the range 2 to 5"),
        (Answering(2, 3, 5, typical=6), "is 3 cases, typically 6, in the range 2 to 5"),
        (Answering(1, 3, 5, typical=0), "is 3 cases, typically 0, in the range 1 to 5"),
        (Answering(1, np.iinfo(np.int64).min, 5), "cases"),
        (Answering(1, 2, 5, status=COLD_START), "does not find its own pairs"),
        (Failing(1, 2, 3), "IndexError: index 57 is out of bounds"),
    ],
)
def test_nonsense_is_refused_with_the_reason(predictor: Answering, reason: str) -> None:
    with pytest.raises(CheckFailedError, match=reason):
        check(predictor.as_predictor(), SNAPSHOT)


@pytest.mark.parametrize("what", ["store", "product", "pair"])
def test_tables_with_other_rows_than_were_published_are_refused(what: str) -> None:
    name = f"{what}_rows"
    published = getattr(SNAPSHOT.info, name)
    other = replace(SNAPSHOT, info=replace(SNAPSHOT.info, **{name: published + 1}))

    with pytest.raises(CheckFailedError, match=f"holds {published} {what}s, {published + 1} were published"):
        check_content(other)
