"""Several instances of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.containers.container_waiting import wait_until
from tests.support.containers.server_answers import scalar
from tests.support.containers.traffic import Traffic

if TYPE_CHECKING:
    import httpx2

    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container

INSTANCES: Final = 3


def test_instances_are_added_beside_the_one_that_runs_and_all_are_served_and_scraped(
    stack: Stack, prometheus: httpx2.Client, request_body: dict[str, Any]
) -> None:
    (first,) = stack.states("api")
    try:
        with Traffic(stack.url("api"), request_body) as traffic:
            ports = {"API_PUBLISHED_PORTS": stack.api_ports}
            scaled = ("up", "--detach", "--wait", "--no-recreate", f"--scale=api={INSTANCES}", "api")
            stack.compose(*scaled, variables=ports)
            stack.wait_until_ready("api")
        assert traffic.failures == []

        states = stack.states("api")
        assert len(states) == INSTANCES
        assert {first["Id"]: first["State"]["StartedAt"]}.items() <= started(states).items()
        for port in {binding["HostPort"] for state in states for binding in published(state)}:
            with Traffic(f"http://127.0.0.1:{port}", request_body) as traffic:
                traffic.wait_for_more(3)
            assert traffic.failures == []
        wait_until(
            lambda: scalar(prometheus, 'sum(quantity_ready{job="quantity-api"})') == INSTANCES,
            "Prometheus sees every instance ready",
        )
    finally:
        stack.compose("up", "--detach", "--wait", "--no-recreate", "--scale=api=1", "api")

    assert started(stack.states("api")) == {first["Id"]: first["State"]["StartedAt"]}


def started(states: list[dict[str, Any]]) -> dict[str, str]:
    """When each container was started."""
    return {state["Id"]: state["State"]["StartedAt"] for state in states}


def published(state: dict[str, Any]) -> list[dict[str, str]]:
    bindings: list[dict[str, str]] = state["NetworkSettings"]["Ports"]["8000/tcp"]
    return bindings
