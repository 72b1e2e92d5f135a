"""The requests' bodies, made before the clock starts: real pairs, every request another choice of them."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import select

from quantity.db.engine import connect
from quantity.db.tables import replaced_tables
from training.fit.dataset import model_inputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from quantity.features.timeline import Ints
    from quantity.online.snapshot import Snapshot
    from quantity.settings import Settings

SEED = 5
EVERY_PAIR = 10**9
DAYS_AHEAD = 365
FEATURE_ROWS = 20_000


@dataclass(frozen=True)
class Question:
    """A request to the service.

    Attributes:
        store_id: (n,) store ids.
        product_id: (n,) product ids.
        date: the checkout date.
    """

    store_id: Ints
    product_id: Ints
    date: dt.date

    def body(self) -> bytes:
        """The request's body."""
        ids = zip(self.store_id.tolist(), self.product_id.tolist(), strict=True)
        pairs = [{"store_id": store, "product_id": product} for store, product in ids]
        return json.dumps({"input": pairs, "date": self.date.isoformat()}).encode()


def questions(snapshot: Snapshot, count: int, pairs: int) -> Iterator[Question]:
    """So many questions of so many known pairs, each for a date within a year from the as-of date."""
    rng = np.random.default_rng([SEED, pairs])
    store_id, product_id = snapshot.pairs(EVERY_PAIR)
    for days in rng.integers(0, DAYS_AHEAD, count).tolist():
        chosen = rng.integers(0, len(store_id), pairs)
        yield Question(store_id[chosen], product_id[chosen], snapshot.info.as_of_date + dt.timedelta(days=days))


def feature_bodies(settings: Settings, count: int, pairs: int) -> list[bytes]:
    """So many bodies with the features of so many of the latest orders: ``{"columns": …, "data": …}``."""
    frame = _latest_features(settings)
    columns = json.dumps(list(frame.columns))
    rows = [json.dumps(row) for row in frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]
    chosen = np.random.default_rng(SEED).integers(0, len(rows), (count, pairs)).tolist()
    return [f'{{"columns": {columns}, "data": [{", ".join(rows[i] for i in few)}]}}'.encode() for few in chosen]


def _latest_features(settings: Settings) -> pd.DataFrame:
    table = replaced_tables()["features"]
    engine = connect(settings.database_url)
    latest_first = select(table).order_by(table.c.checkout_date.desc()).limit(FEATURE_ROWS)
    with engine.connect() as connection:
        frame = pd.read_sql(latest_first, connection)
    engine.dispose()
    return model_inputs(frame)


def write_lines(bodies: Iterable[bytes], path: Path) -> Path:
    """Write a body a line."""
    with path.open("wb") as file:
        file.writelines(body + b"\n" for body in bodies)
    return path
