"""The loader as the service has it: a process that may fail, and is then started again."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.loading import loader_process
from api.loading.loader_process import LoaderProcess
from api.loading.local_copy import MODEL, SNAPSHOT, LocalCopies, copies_folder
from api.loading.status import Kind, LoaderStatus, SourceStatus
from api.prediction_log.folder import log_folder
from local_servers.processes import children
from local_servers.waiting import wait_until
from quantity.db.engine import connect
from tests.support.api.apps import make_settings
from tests.support.api.logged_segments import fill, make_table, rows_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quantity.settings import Settings
    from tests.support.api.embedded_servers import LiveDatabase, LiveRegistry


@contextmanager
def loading(settings: Settings) -> Iterator[LoaderProcess]:
    loader = LoaderProcess(settings)
    loader.start()
    try:
        yield loader
    finally:
        loader.stop()


def wait_for(loader: LoaderProcess, condition: Callable[[LoaderStatus], bool], what: str) -> LoaderStatus:
    """Watch until the loader says so; the result is the status then."""

    def is_so() -> bool:
        status = loader.watch()
        return status is not None and condition(status)

    wait_until(is_so, what)
    status = loader.watch()
    assert status is not None
    return status


def has_looked(status: LoaderStatus) -> bool:
    return all(status.of(part).attempts for part in (MODEL, SNAPSHOT))


@pytest.fixture
def quick_settings(live_settings: Settings) -> Settings:
    return live_settings.model_copy(update={"api_poll_seconds": 0.1})


def test_it_copies_what_registry_and_database_have(
    quick_settings: Settings, registry: LiveRegistry, database: LiveDatabase
) -> None:
    copies = LocalCopies(copies_folder(quick_settings))
    with loading(quick_settings) as loader:
        status = wait_for(loader, has_looked, "both sources are looked at")
        assert (status.of(MODEL).version, status.of(SNAPSHOT).version, copies.part(SNAPSHOT)) == (None, None, None)

        registry.promote(registry.register("good"))
        publication = database.publish().publication

        wait_for(loader, lambda s: s.of(MODEL).loads == s.of(SNAPSHOT).loads == 1, "both are loaded")
        status = wait_for(loader, lambda s: s.of(MODEL).failure is None, "nothing fails")
        assert (status.of(MODEL).version, status.of(SNAPSHOT).version) == ("1", publication)
        assert copies.part(MODEL) is not None
        assert copies.part(SNAPSHOT) is not None


def test_it_ships_the_prediction_log(quick_settings: Settings) -> None:
    expected = fill(log_folder(quick_settings), 3)
    with loading(quick_settings) as loader:
        status = wait_for(loader, lambda s: s.shipping.failure is not None, "the table is missed")
        assert status.shipping.failure is not None
        assert status.shipping.failure.kind is Kind.ABSENT
        make_table(quick_settings.database_url)
        wait_for(loader, lambda s: s.shipping.shipped_pairs == len(expected), "all is shipped")
        status = wait_for(loader, lambda s: s.shipping.waiting_bytes == 0, "nothing waits")
        assert status.shipping.failure is None
    engine = connect(quick_settings.database_url)
    assert rows_in(engine) == expected
    engine.dispose()


def test_a_source_that_fails_is_described_without_its_password(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, mysql_host="127.0.0.1", mysql_port=1, mysql_password="hush-hush")
    with loading(settings) as loader:
        status = wait_for(loader, lambda s: s.of(SNAPSHOT).failure is not None, "the database fails")

        failure = status.of(SNAPSHOT).failure
        assert failure is not None
        assert "OperationalError" in failure.reason
        assert "hush-hush" not in failure.reason
        for child in children(os.getpid()):
            seen = Path(f"/proc/{child}/cmdline").read_bytes() + Path(f"/proc/{child}/environ").read_bytes()
            assert b"hush-hush" not in seen


def test_one_that_was_killed_is_told_and_started_again(
    live_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    before = children(os.getpid())
    with loading(live_settings) as loader:
        wait_for(loader, has_looked, "the first one has looked")
        child = loader.process_id
        assert child is not None
        own, loaders = (int(Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in ("self", child))
        assert own < loaders, "where memory is short, the service stays"
        os.kill(child, signal.SIGKILL)

        wait_for(loader, lambda _: loader.starts == 2, "another one is started")
        assert loader.process_id != child
    (lost,) = (record for record in caplog.records if record.message == "loader lost")
    assert vars(lost)["reason"] == "it was killed (signal 9), as the kernel does where memory is short"
    assert children(os.getpid()) == before


def test_one_whose_heart_has_stopped_is_killed_and_started_again(
    live_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with loading(live_settings) as loader:
        wait_for(loader, has_looked, "the first one has looked")
        child = loader.process_id
        assert child is not None
        monkeypatch.setattr(loader_process, "SILENT_SECONDS", 3.0)
        os.kill(child, signal.SIGSTOP)

        wait_for(loader, lambda _: loader.starts == 2, "another one is started")
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
        monkeypatch.undo()
        beat = wait_for(loader, has_looked, "it looks").beat
        wait_for(loader, lambda status: status.beat > beat, "its heart beats")


def test_one_that_cannot_write_beside_the_copies_is_told(tmp_path: Path) -> None:
    (tmp_path / "serving").write_text("a file where the folder should be")
    with loading(make_settings(tmp_path)) as loader:
        wait_until(lambda: loader.watch() is None and loader.trouble is not None, "it is lost")

        assert loader.trouble == "it has ended"
        wait_until(lambda: loader.watch() is None and loader.starts > 1, "another one is started")


def test_one_that_does_not_end_is_killed_soon(live_settings: Settings) -> None:
    with loading(live_settings) as loader:
        wait_for(loader, has_looked, "it has looked")
        child = loader.process_id
        assert child is not None
        os.kill(child, signal.SIGSTOP)

        started = time.monotonic()
        loader.stop()

        assert time.monotonic() - started < 2 * loader_process.END_SECONDS
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)


def test_once_stopped_it_is_not_started_again(live_settings: Settings) -> None:
    loader = LoaderProcess(live_settings)
    loader.start()
    loader.stop()

    loader.start()
    loader.watch()

    assert (loader.process_id, loader.starts) == (None, 1)


def test_stopped_while_it_starts_it_says_nothing(live_settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    loader = LoaderProcess(live_settings)
    loader.start()
    loader.stop()

    assert capfd.readouterr() == ("", "")


def test_what_a_killed_service_has_left_tells_nothing_of_another_loader(live_settings: Settings) -> None:
    killed = LoaderProcess(live_settings)
    killed._file.write(LoaderStatus(1, {MODEL: SourceStatus(attempts=1, looks=1, version="1")}))

    with loading(live_settings) as loader:
        assert loader.watch() is None


def test_status_files_that_nobody_writes_any_more_are_removed(live_settings: Settings) -> None:
    folder = copies_folder(live_settings)
    folder.mkdir(parents=True)
    forgotten, recent = folder / "status-gone-1.json", folder / "status-other-1.json"
    for path in (forgotten, recent):
        path.write_text("{}")
    os.utime(forgotten, (0, 0))

    with loading(live_settings) as loader:
        wait_for(loader, has_looked, "it has looked")

    assert [path.name for path in folder.glob("status-*")] == [recent.name]


def test_it_ends_with_the_service(live_settings: Settings) -> None:
    with loading(live_settings) as loader:
        wait_for(loader, has_looked, "it has looked")
        process = loader._process
        assert process is not None
        assert process.stdin is not None

        process.stdin.close()

        wait_until(lambda: process.poll() is not None, "the loader has ended")
        assert process.returncode == 0
