"""Segments as services write them, and the rows that they are to become, each made from the same plain answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count, cycle, groupby, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec.structs import replace
from sqlalchemy import select

from api.prediction_log.folder import new_segment_id, segment_path
from api.prediction_log.segment import KIND, Block, Request, encode
from quantity.db.engine import connect
from quantity.db.monitoring_tables import predictions
from quantity.online.statuses import STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import URL, Engine

BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2024, 6, 1, 12, 0, 0, 999_999, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Answer:
    """An answered pair in plain words; None is unknown."""

    request_id: str
    at: dt.datetime
    checkout_date: dt.date
    store_id: int | None
    product_id: int | None
    status: str
    cases: tuple[int, int, int, int] | None
    shown: bool = True
    model_version: str = "3"

    @property
    def request(self) -> Request:
        """Its request, with this one pair."""
        at = (self.at - BEGINNING) // dt.timedelta(microseconds=1) * 1000
        return Request(self.request_id, at, self.checkout_date, self.shown, 1)

    def row(self, segment_id: int, line: int) -> tuple[Any, ...]:
        """The row that it is to become, as SQLAlchemy reads it."""
        return (
            *(
                segment_id,
                line,
                self.at.replace(microsecond=0, tzinfo=None),
                self.request_id,
                self.store_id,
                self.product_id,
            ),
            *(self.checkout_date, dt.date(2024, 6, 1), 7, self.model_version, "champion", self.status),
            *(self.cases or (None,) * 4),
            self.shown,
        )


def answers() -> Iterator[Answer]:
    """Endless answers of every kind, in requests of three pairs."""
    ids = cycle(["0123456789abcdef", "a/b", "x" * 128, "A.b_c:d+e=f-g"])
    for number in count():
        request_id, at = next(ids), NOON + dt.timedelta(seconds=number)
        day, shown, version = dt.date(2024, 6, 2 + number % 9), number % 5 != 4, str(3 + number // 4 % 2)
        for status, store, product, cases in (
            ("ok", 2**31 - 1, number + 1, (number + 3, 3, 1, 2**31 - 1)),
            ("cold_start", 7, 5, (2, 2, 1, 4)),
            ("unknown_store" if number % 2 else "unknown_product", None if number % 2 else 9, 6, None),
        ):
            yield Answer(f"{request_id[:120]}{number:x}", at, day, store, product, status, cases, shown, version)


def blocks_of(pairs: Sequence[Answer]) -> list[Block]:
    """The answers in blocks of one model version each."""
    return [_block(version, list(same)) for version, same in groupby(pairs, lambda answer: answer.model_version)]


def _block(version: str, pairs: list[Answer]) -> Block:
    asked = [(request, len(list(same))) for request, same in groupby(pairs, attrgetter("request"))]
    requests = [replace(request, pairs=n) for request, n in asked]
    rows = [
        (pair.store_id or 0, pair.product_id or 0, STATUSES.index(pair.status), *(pair.cases or (0, 0, 0, 0)))
        for pair in pairs
    ]
    return Block(version, "champion", 7, dt.date(2024, 6, 1), requests, np.array(rows, KIND).data)


def write_segment(folder: Path, pairs: Sequence[Answer], segment_id: int | None = None) -> Path:
    """Write a segment that is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    path = segment_path(folder, segment_id or new_segment_id())
    path.write_bytes(b"".join(map(encode, blocks_of(pairs))))
    return path


def fill(folder: Path, segments: int, pairs: int = 12) -> list[tuple[Any, ...]]:
    """Write so many segments of so many pairs; the result is all rows that they are to become."""
    expected: list[tuple[Any, ...]] = []
    endless = answers()
    for number in range(1, segments + 1):
        some = list(islice(endless, pairs))
        write_segment(folder, some, number << 20)
        expected += [answer.row(number << 20, line) for line, answer in enumerate(some)]
    return expected


def make_table(url: URL) -> None:
    """Make the table, which training's migrations are proved to make alike."""
    engine = connect(url)
    predictions.create(engine)
    engine.dispose()


def rows_in(engine: Engine) -> list[tuple[Any, ...]]:
    """All rows of the table, in the order of their keys."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(predictions).order_by(*predictions.primary_key))]
