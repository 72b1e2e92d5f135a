"""Models and snapshots change while requests run: none fails, each is answered by one pair of them."""

from __future__ import annotations

import asyncio
import json
import threading
from functools import partial
from itertools import cycle, islice
from typing import TYPE_CHECKING

import httpx2
import pytest

from api.predict.route import LARGE_BODY_BYTES
from tests.support.api.apps import App, make_settings
from tests.support.api.small_market import DAYS, EARLY_DAYS, body_of, model_in_memory, pairs, snapshot_in_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from fastapi import FastAPI

    from quantity.settings import Settings

NUMBERS = range(2, 42)
DEADLINE = 60.0
CLIENTS = 6
URL = "/quantity/predict"
SMALL = body_of(pairs().ordered[::9], date="2024-06-01")
LARGE = body_of((pairs().ordered * 3)[:500], date="2024-06-01")

Expected = dict[tuple[int, str], list[int]]
BODIES = {"small": SMALL, "large": LARGE}


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, Expected]:
    settings = make_settings(tmp_path / "alone")
    return {name: every_answer(settings, body) for name, body in BODIES.items()}


@pytest.fixture
def swapping_app(settings: Settings) -> App:
    app = App(settings, model_in_memory("1", seed_of("1")), snapshot_in_memory())
    app.look()
    return app


def seed_of(version: str) -> int:
    return int(version) % 2


def put_next_model(app: App, number: int) -> None:
    app.models.value = model_in_memory(str(number), seed_of(str(number)))
    app.loader.work.model.look()
    app.service.look()


def put_next_snapshot(app: App, number: int) -> None:
    app.snapshots.value = snapshot_in_memory(f"p{number}", (DAYS, EARLY_DAYS)[number % 2])
    app.loader.work.snapshot.look()
    app.service.look()


def every_answer(settings: Settings, body: dict[str, object]) -> Expected:
    """By seed of the model and as-of date: the predictions that they give on their own."""
    expected: Expected = {}
    for seed in range(2):
        for days in (DAYS, EARLY_DAYS):
            alone = App(settings, model_in_memory(f"x{seed}", seed), snapshot_in_memory(f"x{days}", days))
            alone.look()
            answer = alone.client.post(URL, json=body).json()
            expected[seed, answer["as_of"]] = answer["predictions"]
    return expected


class Traffic:
    """Clients that ask again and again, and check each answer, while a thread makes changes."""

    def __init__(self, api: FastAPI, expected: dict[str, Expected]) -> None:
        self._api, self._expected = api, expected
        self._answered, self._done = threading.Event(), threading.Event()
        self.versions: set[str] = set()

    def while_doing(self, changes: Iterable[Callable[[], None]]) -> None:
        """Make the changes one by one, each followed by an answer at least."""
        asyncio.run(self._run(changes))

    async def _run(self, changes: Iterable[Callable[[], None]]) -> None:
        clients = [self._ask(name) for name in islice(cycle(BODIES), CLIENTS)]
        changing = asyncio.create_task(asyncio.to_thread(self._make, changes))
        await asyncio.gather(*clients)
        await changing

    def _make(self, changes: Iterable[Callable[[], None]]) -> None:
        try:
            for change in changes:
                change()
                self._answered.clear()
                assert self._answered.wait(DEADLINE)
        finally:
            self._done.set()

    async def _ask(self, name: str) -> None:
        transport = httpx2.ASGITransport(self._api, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            while not self._done.is_set():
                answer = await client.post(URL, json=BODIES[name])
                assert answer.status_code == 200, answer.text
                content = answer.json()
                version = content["model"]["version"]
                assert content["predictions"] == self._expected[name][seed_of(version), content["as_of"]]
                self.versions.add(version)
                self._answered.set()
                # In one process a small request has nothing to wait for: let the others have a turn.
                await asyncio.sleep(0)


def test_no_request_fails_or_is_answered_by_a_mix(swapping_app: App, expected: dict[str, Expected]) -> None:
    assert len(json.dumps(SMALL)) < LARGE_BODY_BYTES < len(json.dumps(LARGE)), "both ways to answer are used"
    assert all(len({tuple(answer) for answer in answers.values()}) == 4 for answers in expected.values())
    traffic = Traffic(swapping_app.api, expected)

    traffic.while_doing(
        partial(put, swapping_app, number) for number in NUMBERS for put in (put_next_model, put_next_snapshot)
    )

    assert len(traffic.versions) > len(NUMBERS) / 2
    for source in ("model", "snapshot"):
        assert swapping_app.metric("quantity_reloads_total", source=source) == len(NUMBERS) + 1
        assert swapping_app.metric("quantity_reload_failures_total", source=source) == 0


def test_failing_loads_fail_no_request(swapping_app: App, expected: dict[str, Expected]) -> None:
    swapping_app.models.broken = {str(number): ValueError("not a model") for number in NUMBERS}
    swapping_app.snapshots.broken = {f"p{number}": ValueError("not a snapshot") for number in NUMBERS[::2]}
    traffic = Traffic(swapping_app.api, expected)

    traffic.while_doing(
        partial(put, swapping_app, number) for number in NUMBERS for put in (put_next_model, put_next_snapshot)
    )

    assert traffic.versions == {"1"}
    assert swapping_app.metric("quantity_reload_failures_total", source="model") == len(NUMBERS)
    assert swapping_app.metric("quantity_reload_failures_total", source="snapshot") == len(NUMBERS) / 2
