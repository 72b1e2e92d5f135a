"""What the stack's servers answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    from tests.support.containers.stack import Stack


def readiness(stack: Stack) -> httpx2.Response:
    """What the API says of its readiness."""
    return httpx2.get(f"{stack.url('api')}/healthcheck/ready")


def notes(stack: Stack) -> list[str]:
    """What the API says is not as it should be."""
    found: list[str] = readiness(stack).json()["notes"]
    return found


def publication(stack: Stack) -> str:
    """Which snapshot the API serves; every publish has another."""
    found: str = httpx2.get(f"{stack.url('api')}/quantity/model").json()["features"]["publication"]
    return found


def predictions(api: httpx2.Client, body: dict[str, Any]) -> dict[str, Any]:
    """A good answer."""
    response = api.post("/quantity/predict", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def results(prometheus: httpx2.Client, expr: str) -> list[dict[str, Any]]:
    """The series of an instant query."""
    answer = prometheus.get("/query", params={"query": expr}).json()
    assert answer["status"] == "success", f"{expr}: {answer}"
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def scalar(prometheus: httpx2.Client, expr: str) -> float:
    """The value of an instant query with one series at most."""
    found = results(prometheus, expr)
    return float(found[0]["value"][1]) if found else 0.0
