"""Tries a model and a snapshot out before they are served; this warms them up as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from quantity.online.kernel import OK

if TYPE_CHECKING:
    from quantity.online.predictor import Predictor
    from quantity.online.snapshot import Snapshot

PROBE_PAIRS = 100


class CheckFailedError(RuntimeError):
    """A model and a snapshot do not answer as they should."""


def check_content(snapshot: Snapshot) -> None:
    """Compare a snapshot with its own record, before anything is computed from it.

    Raises:
        CheckFailedError: it has other rows than its record says, or none of a kind.
    """
    info = snapshot.info
    rows = {
        "stores": (info.store_rows, len(snapshot.store_id)),
        "products": (info.product_rows, len(snapshot.product_id)),
        "pairs": (info.pair_rows, len(snapshot.scopes["store_product"].keys)),
    }
    for what, (published, found) in rows.items():
        if found != published:
            raise CheckFailedError(f"the snapshot holds {found} {what}, {published} were published")
        if not found:
            raise CheckFailedError(f"the snapshot holds no {what}")


def check(predictor: Predictor, snapshot: Snapshot) -> None:
    """Answer real pairs of the snapshot and look at the answers.

    Raises:
        CheckFailedError: an answer is missing, or it is not a positive number of cases within its range.
    """
    store_id, product_id = snapshot.pairs(PROBE_PAIRS)
    try:
        predictions = predictor.predict(store_id, product_id, snapshot.info.as_of_date)
    except Exception as error:
        raise CheckFailedError(f"the model fails on the snapshot: {type(error).__name__}: {error}") from error
    if (predictions.status != OK).any():
        raise CheckFailedError("the snapshot does not find its own pairs")
    quantity, typical, low, high = predictions.quantity, predictions.typical, predictions.low, predictions.high
    in_order = (low >= 1) & (low <= np.minimum(quantity, typical)) & (np.maximum(quantity, typical) <= high)
    if not in_order.all():
        at = int(np.flatnonzero(~in_order)[0])
        raise CheckFailedError(
            f"the answer to store {store_id[at]}, product {product_id[at]} is {quantity[at]} cases, "
            f"typically {typical[at]}, in the range {low[at]} to {high[at]}"
        )
