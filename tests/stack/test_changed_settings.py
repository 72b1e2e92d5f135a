"""Settings that are changed while the stack runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.containers.container_waiting import wait_until
from tests.support.containers.server_answers import notes, readiness
from tests.support.containers.stack import StackError

if TYPE_CHECKING:
    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container

UP = ("up", "--detach", "--wait", "mysql", "mlflow", "api", "prometheus")
CONCERNED = {"mysql-users-1", "api-1"}


def test_a_new_password_of_the_api_reaches_mysql_and_recreates_nothing_else(stack: Stack) -> None:
    before = stack.containers()
    try:
        stack.compose(*UP, variables={"MYSQL_READER_PASSWORD": "another's \\ password"})

        after = stack.containers()
        changed = {name.removeprefix(f"{stack.project}-") for name in after if after[name] != before.get(name)}
        assert changed == CONCERNED
        wait_until(lambda: readiness(stack).status_code == 200 and notes(stack) == [], "the API follows MySQL")
    finally:
        stack.compose(*UP)
    wait_until(lambda: readiness(stack).status_code == 200 and notes(stack) == [], "the API follows MySQL again")


def test_another_password_of_the_administrator_than_mysql_has_is_told(stack: Stack) -> None:
    run = ("run", "--rm", "--no-TTY", "--no-deps", "--env=MYSQL_ROOT_PASSWORD=new", "mysql-users")
    with pytest.raises(StackError, match="MySQL keeps that of its first start"):
        stack.compose(*run)


def test_what_sets_the_passwords_leaves_no_volume_behind(stack: Stack) -> None:
    (state,) = stack.states("mysql-users")
    assert {mount["Destination"] for mount in state["Mounts"]} == {"/var/run/mysqld", "/mysql_init"}
