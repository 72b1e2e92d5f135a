"""Apps that are served, for a browser to open."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx2

from api.serving.order_history import OrderHistory
from tests.support.api.apps import AppOn, make_settings, running
from tests.support.api.memory_source import MemorySource
from tests.support.api.past_orders import pieces_of
from tests.support.api.served import HOST, served
from tests.support.api.small_market import model_in_memory, raw_tables, snapshot_in_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.serving.halves import SnapshotInMemory


PATIENCE = 60.0
"""Seconds, for the first explanation: its process starts with it."""


@dataclass(frozen=True)
class Site:
    """An app that is served.

    Attributes:
        app: behind the address.
        address: of the page, with a slash at its end.
    """

    app: AppOn
    address: str

    def get(self, path: str, **parameters: object) -> dict[str, Any]:
        """An endpoint's answer, asked beside the page."""
        return self._read("GET", path, params={name: str(value) for name, value in parameters.items()})

    def post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        """An endpoint's answer to a body."""
        return self._read("POST", path, json=body)

    def _read(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        answer = httpx2.request(method, self.address.rstrip("/") + path, timeout=PATIENCE, **sent)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body


@contextmanager
def site(app: AppOn) -> Iterator[Site]:
    """An app started and served."""
    with running(app), served(app.api, app.service.settings) as port:
        yield Site(app, f"http://{HOST}:{port}/")


def market_app(folder: Path, snapshot: SnapshotInMemory | None = None, **settings: object) -> AppOn:
    """An app on the small market, with the past orders of each pair."""
    snapshot = snapshot or snapshot_in_memory()
    orders = OrderHistory.build(
        snapshot.info.publication, snapshot.info.as_of_date, 60, pieces_of(raw_tables().order_items, 1)
    )
    sources = MemorySource(model_in_memory()), MemorySource(snapshot), MemorySource(orders)
    return AppOn(make_settings(folder, **settings), *sources)
