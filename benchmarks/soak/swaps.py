"""Champions and snapshots that change under load, in a copy of what `make run` has left."""

from __future__ import annotations

import json
import shutil
import threading
import uuid
from contextlib import closing
from http.client import HTTPConnection
from itertools import cycle
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import update

from benchmarks.serving.client import TIMEOUT_SECONDS
from local_servers.ports import HOST
from local_servers.waiting import wait_until
from quantity.db.engine import connect
from quantity.db.tables import POINTER, replaced_tables
from quantity.registry import client, version_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quantity.settings import Settings

SWAP_SECONDS = 60.0


def copy_of(settings: Settings, folder: Path) -> Settings:
    """The embedded tables and registry, to be changed at will; the artifacts stay where they are."""
    local = folder / "local"
    local.mkdir()
    for file in settings.local_dir.glob("ml*.db"):
        shutil.copy(file, local)
    return settings.model_copy(update={"local_dir": local, "mysql_host": None, "mlflow_tracking_uri": None})


class Swaps:
    """Changes the champion and the snapshot again and again, each time the service has taken the one before.

    Args:
        settings: of the service.
        port: the service's.
    """

    def __init__(self, settings: Settings, port: int) -> None:
        self._settings, self._port = settings, port
        self._versions = _two_versions(settings)
        self._end = threading.Event()
        self._threads = [
            threading.Thread(target=self._again, args=(change,), name=change.__name__)
            for change in (self._change_champion, self._change_snapshot)
        ]
        self.champions = self.snapshots = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _again(self, change: Callable[[], None]) -> None:
        while not self._end.is_set():
            change()

    def _change_champion(self) -> None:
        version = next(self._versions)
        client(self._settings).set_registered_model_alias(
            self._settings.model_name, self._settings.model_alias, version
        )
        self._wait_for(lambda report: report["version"] == version, f"version {version}")
        self.champions += 1

    def _change_snapshot(self) -> None:
        # The same content under another name: the service cannot know, and loads it all.
        publication = uuid.uuid4().hex
        engine = connect(self._settings.database_url)
        with engine.begin() as connection:
            connection.execute(update(replaced_tables()[POINTER]).values(publication=publication))
        engine.dispose()
        self._wait_for(lambda report: report["features"]["publication"] == publication, "the snapshot")
        self.snapshots += 1

    def _wait_for(self, served: Callable[[dict[str, Any]], bool], what: str) -> None:
        wait_until(lambda: served(_report(self._port)), f"{what} is served", SWAP_SECONDS, interval=0.1)


def _two_versions(settings: Settings) -> cycle[str]:
    """The champion, and the same model registered once more."""
    champion = version_number(settings)
    registry = client(settings)
    original = registry.get_model_version(settings.model_name, str(champion))
    again = registry.create_model_version(
        settings.model_name, str(original.source), original.run_id, model_id=original.model_id
    )
    return cycle([str(again.version), str(champion)])


def _report(port: int) -> dict[str, Any]:
    with closing(HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)) as connection:
        connection.request("GET", "/quantity/model")
        report: dict[str, Any] = json.loads(connection.getresponse().read())
        return report
