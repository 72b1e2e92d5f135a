"""The loader as the service has it: a process that may fail, and is then started again."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.loading import wire
from api.loading.process import Loader
from api.loading.reason import DescribedError
from api.loading.remote import remote_models, remote_snapshots
from local_servers.processes import children
from local_servers.waiting import wait_until
from tests.support.api.apps import make_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quantity.settings import Settings
    from tests.support.api.embedded_servers import LiveDatabase, LiveRegistry

PATIENCE_SECONDS = 60


@contextmanager
def loading(settings: Settings) -> Iterator[Loader]:
    loader = Loader(settings)
    try:
        yield loader
    finally:
        loader.close()


def test_it_loads_what_registry_and_database_have(
    live_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    with loading(live_settings) as loader:
        models, snapshots = remote_models(loader, live_settings), remote_snapshots(loader)
        assert (models.version(), snapshots.version()) == (None, None)

        registry.promote(registry.register("good"))
        published = database.publish()

        assert (models.version(), snapshots.version()) == ("1", published.publication)
        assert models.fetch("1").version == "1"
        assert snapshots.fetch(published.publication).snapshot.info == published


def test_a_source_that_fails_is_described_without_its_password(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, mysql_host="127.0.0.1", mysql_port=1, mysql_password="hush-hush")
    with loading(settings) as loader:
        with pytest.raises(DescribedError, match="OperationalError") as failure:
            loader.ask("snapshot")

        assert "hush-hush" not in str(failure.value)
        for child in children(os.getpid()):
            seen = Path(f"/proc/{child}/cmdline").read_bytes() + Path(f"/proc/{child}/environ").read_bytes()
            assert b"hush-hush" not in seen


def test_one_that_was_killed_is_started_again(live_settings: Settings) -> None:
    before = children(os.getpid())
    with loading(live_settings) as loader:
        loader.ask("model")
        (child,) = children(os.getpid()) - before
        os.kill(child, signal.SIGKILL)
        with pytest.raises(OSError, match=r".*"):
            loader.ask("model")

        assert loader.ask("model").info == {"version": None}
        assert children(os.getpid()) - before != {child}
    assert children(os.getpid()) == before


def test_closing_wakes_who_waits_for_an_answer(live_settings: Settings) -> None:
    with loading(live_settings) as loader:
        loader.ask("model")
        child = loader.process_id
        assert child is not None
        os.kill(child, signal.SIGSTOP)
        failures: list[OSError] = []

        def ask() -> None:
            try:
                loader.ask("model")
            except OSError as error:
                failures.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        loader.close()
        asking.join(PATIENCE_SECONDS)

        assert not asking.is_alive()
        assert failures
        with pytest.raises(wire.ClosedError, match="stopping"):
            loader.ask("model")


def test_it_ends_with_the_service(live_settings: Settings) -> None:
    loader = Loader(live_settings)
    loader.ask("model")
    child = loader.process_id
    assert child is not None

    loader._sockets["model"].close()
    loader._sockets["snapshot"].close()

    wait_until(lambda: loader.process_id is None, "the loader has ended")
