"""Models and snapshots change while requests run: none fails, each is answered by one pair of them."""

from __future__ import annotations

import asyncio
import threading
from itertools import cycle, islice
from typing import TYPE_CHECKING

import httpx2
import pytest

from tests.api.apps import App
from tests.api.market import DAYS, EARLY_DAYS, body_of, loaded_model, loaded_snapshot, pairs
from tests.api.memory_source import MemorySource

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from quantity.settings import Settings

SWAPS = 40
CLIENTS = 6
URL = "/quantity/predict"
SMALL = body_of(pairs().ordered[::9], date="2024-06-01")
LARGE = body_of((pairs().ordered * 3)[:500], date="2024-06-01")

Expected = dict[tuple[int, str], list[int]]
BODIES = {"small": SMALL, "large": LARGE}


@pytest.fixture
def expected(settings: Settings) -> dict[str, Expected]:
    return {name: every_answer(settings, body) for name, body in BODIES.items()}


@pytest.fixture
def swapping_app(settings: Settings) -> App:
    models = MemorySource("model", loaded_model("1", seed_of("1")))
    app = App(settings, models, MemorySource("snapshot", loaded_snapshot()))
    app.service.refresh()
    return app


def seed_of(version: str) -> int:
    return int(version) % 2


def put_next_model(app: App, number: int) -> None:
    app.models.value = loaded_model(str(number), seed_of(str(number)))
    app.service.models.refresh()


def put_next_snapshot(app: App, number: int) -> None:
    app.snapshots.value = loaded_snapshot(f"p{number}", (DAYS, EARLY_DAYS)[number % 2])
    app.service.snapshots.refresh()


def every_answer(settings: Settings, body: dict[str, object]) -> Expected:
    """By seed of the model and as-of date: the predictions that they give on their own."""
    expected: Expected = {}
    for seed in range(2):
        for days in (DAYS, EARLY_DAYS):
            model, snapshot = loaded_model("x", seed), loaded_snapshot("x", days)
            alone = App(settings, MemorySource("model", model), MemorySource("snapshot", snapshot))
            alone.service.refresh()
            answer = alone.client.post(URL, json=body).json()
            expected[seed, answer["as_of"]] = answer["predictions"]
    return expected


async def ask(api: FastAPI, body: dict[str, object], expected: Expected, done: threading.Event) -> set[str]:
    """Ask again and again until the swaps are over; the result is which versions answered."""
    versions: set[str] = set()
    transport = httpx2.ASGITransport(api, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        while not done.is_set():
            answer = await client.post(URL, json=body)
            assert answer.status_code == 200, answer.text
            content = answer.json()
            version = content["model"]["version"]
            assert content["predictions"] == expected[seed_of(version), content["as_of"]]
            versions.add(version)
            await asyncio.sleep(0)  # in one process a request has nothing to wait for: let the others have a turn
    return versions


async def ask_while(app: App, change: Callable[[], None], expected: dict[str, Expected]) -> set[str]:
    """Ask with many clients while a thread makes changes."""
    done = threading.Event()

    def work() -> None:
        try:
            change()
        finally:
            done.set()

    clients = [ask(app.api, body, expected[name], done) for name, body in islice(cycle(BODIES.items()), CLIENTS)]
    swapping = asyncio.create_task(asyncio.to_thread(work))
    versions = await asyncio.gather(*clients)
    await swapping
    return set().union(*versions)


def test_no_request_fails_or_is_answered_by_a_mix(swapping_app: App, expected: dict[str, Expected]) -> None:
    assert len({tuple(answer) for answer in expected["small"].values()}) == 4, "each pair answers otherwise"

    def change() -> None:
        for number in range(2, SWAPS + 2):
            put_next_model(swapping_app, number)
            put_next_snapshot(swapping_app, number // 2)

    versions = asyncio.run(ask_while(swapping_app, change, expected))

    assert len(versions) > SWAPS / 4
    assert swapping_app.metric("quantity_reloads_total", source="model") == SWAPS + 1
    assert swapping_app.metric("quantity_reload_failures_total", source="model") == 0
    assert swapping_app.metric("quantity_reload_failures_total", source="snapshot") == 0


def test_failing_loads_fail_no_request(swapping_app: App, expected: dict[str, Expected]) -> None:

    def change() -> None:
        for number in range(2, SWAPS + 2):
            swapping_app.models.broken[str(number)] = ValueError("not a model")
            swapping_app.snapshots.down = number % 2 == 0
            put_next_model(swapping_app, number)
            put_next_snapshot(swapping_app, number)

    versions = asyncio.run(ask_while(swapping_app, change, expected))

    assert versions == {"1"}
    assert swapping_app.metric("quantity_reload_failures_total", source="model") == SWAPS
