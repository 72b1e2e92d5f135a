"""Requests under names of their own, and what the prediction log has of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from quantity.db.engine import connect
from quantity.db.monitoring_tables import predictions
from tests.support.faults.right_answers import BODIES, URL

if TYPE_CHECKING:
    from tests.support.api.service_process import Process
    from tests.support.faults.real_servers import Plant


class Asker:
    """Asks under names of its own, and remembers how many pairs were answered under each.

    Args:
        process: the service.
        name: how the names of its requests begin.
        body: which of `BODIES` it asks.
    """

    def __init__(self, process: Process, name: str, body: str = "with gaps") -> None:
        self._process, self._name, self._body = process, name, BODIES[body]
        self.answered: dict[str, int] = {}

    def ask(self, requests: int) -> None:
        """Ask so many times."""
        for _ in range(requests):
            name = f"{self._name}-{len(self.answered)}"
            answer = self._process.client.post(URL, json=self._body, headers={"X-Request-ID": name})
            assert answer.status_code == 200
            self.answered[name] = len(answer.json()["predictions"])

    @property
    def pairs(self) -> int:
        """Pairs answered."""
        return sum(self.answered.values())


def logged(plant: Plant, name: str) -> dict[str, int]:
    """How many rows the table has for each request whose name begins so."""
    engine, column = connect(plant.database_url), predictions.c.request_id
    counted = select(column, func.count()).where(column.startswith(f"{name}-")).group_by(column)
    try:
        with engine.connect() as connection:
            return dict(connection.execute(counted).all())
    finally:
        engine.dispose()
