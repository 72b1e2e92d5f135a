"""The registry's part of the report, and the model's in it."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from local_servers.ports import HOST, free_port
from quantity.registry import client
from tests.support.api.embedded_servers import LiveRegistry, LoggedModels
from tests.support.api.service_process import environment_of
from tests.support.command_line import Report, diagnose, run_in_image
from tests.support.faults.mortal_registry import MortalRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quantity.settings import Settings


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MortalRegistry]:
    server = MortalRegistry(tmp_path_factory.mktemp("mlflow"))
    yield server
    server.stop()


def asking(settings: Settings, address: str) -> Settings:
    return settings.model_copy(update={"mlflow_tracking_uri": address})


def assert_no_registry(report: Report, reason: str) -> None:
    assert report.code == 1
    (line,) = report["registry"]
    assert (line.state, reason in line.seen) == ("fault", True), line
    assert "MLFLOW_TRACKING_URI" in line.remedy
    assert report["model"][0].seen == "not looked at: no registry"


def test_a_server_that_is_not_there_is_a_fault(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    report = diagnose(asking(settings, f"http://u:hush-hush@{HOST}:{free_port()}"), capsys)
    assert_no_registry(report, "Connection refused")
    assert "hush" not in report.text


def test_a_socket_that_never_answers_is_given_up(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((HOST, 0)) as silent:
        began = time.monotonic()
        report = diagnose(asking(settings, f"http://{HOST}:{silent.getsockname()[1]}"), capsys)
    assert_no_registry(report, "timed out")
    assert time.monotonic() - began < 30


def test_a_server_that_hangs_is_given_up(
    settings: Settings, server: MortalRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    with server.silent():
        assert_no_registry(diagnose(asking(settings, server.url), capsys), "timed out")


def test_a_server_s_champion_is_fetched_and_loaded(
    settings: Settings, server: MortalRegistry, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = asking(settings, server.url)
    (line,) = diagnose(settings, capsys)["registry"]
    assert (line.state, line.seen) == ("fault", f"{server.url}: no version of the model quantity")
    registry = LiveRegistry(settings, LoggedModels(settings))
    registry.promote(registry.register("good"))
    report = diagnose(settings, capsys)
    assert report["registry"][0].seen.endswith("1 version of quantity, the newest is 1; champion is version 1")
    assert report.states("model") == ["ok"]

    done = run_in_image("api", "training", "doctor", variables=environment_of(settings))
    report = Report(done.returncode, done.stdout)
    assert report.states("registry") == report.states("model") == ["ok"], done.stdout


def test_a_model_without_a_champion_is_a_fault(healthy: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    client(healthy).delete_registered_model_alias(healthy.model_name, healthy.model_alias)
    report = diagnose(healthy, capsys)
    (line,) = report["registry"]
    assert line.seen.endswith("the newest is 1; none is champion, so none is served")
    assert line.remedy.startswith("`quantity promote 1`")
    assert report["model"][0].seen == "not looked at: no champion"


def test_a_file_that_is_no_store_is_a_fault(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.local_dir.mkdir(parents=True)
    (settings.local_dir / "mlflow.db").write_text("no database" * 1000)
    (line,) = diagnose(settings, capsys)["registry"]
    assert (line.state, "file is not a database" in line.seen) == ("fault", True)


def test_a_store_that_cannot_be_copied_is_not_opened(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    report = diagnose(asking(settings, f"mysql+pymysql://u:hush-hush@{HOST}:1/mlflow"), capsys)
    assert report.states("registry") == ["skipped"]
    assert "hush" not in report.text


@pytest.mark.parametrize(
    ("name", "told"),
    [("old features", "the model was trained on another list of features"), ("damaged", "model.skops: ")],
)
def test_a_champion_that_the_service_cannot_load_is_a_fault(
    name: str, told: str, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = LiveRegistry(settings, LoggedModels(settings))
    registry.promote(registry.register(name))
    (line,) = diagnose(settings, capsys)["model"]
    assert (line.state, line.seen.startswith(f"version 1 cannot be loaded: {told}")) == ("fault", True), line
    assert "`quantity train`" in line.remedy
    assert "`quantity promote`" in line.remedy


def test_a_champion_whose_files_are_gone_is_a_fault(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = LiveRegistry(settings, LoggedModels(settings))
    registry.promote(registry.register("good"))
    settings.artifacts_dir.rename(tmp_path / "gone")
    (line,) = diagnose(settings, capsys)["model"]
    assert (line.state, line.seen.startswith("version 1 cannot be loaded: MlflowException: ")) == ("fault", True), line
    assert "ARTIFACTS_DIR" in line.remedy
