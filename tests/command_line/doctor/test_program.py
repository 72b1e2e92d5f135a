"""The whole report: what is there, what is not, and that looking changes nothing and tells no secrets."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

import pytest

from command_line.doctor.check import Check, within
from command_line.doctor.finding import Finding, State, ok
from command_line.doctor.program import CHECKS
from command_line.doctor.situation import Situation
from local_servers.ports import HOST, free_port
from quantity.db.engine import connect
from tests.support.api.service_process import environment_of
from tests.support.command_line import Report, diagnose, run, run_in_image
from tests.support.publishing.published import publish_marked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from quantity.settings import Settings

NAMES = [check.name for check in CHECKS]


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    """Every file and folder: when it was changed, and what it holds."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in folder.rglob("*")
    }


def test_where_nothing_is_it_says_what_to_run_and_makes_nothing(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = diagnose(settings, capsys)
    assert report.code == 1
    assert {name: report.states(name) for name in ("database", "registry", "snapshot", "model")} == {
        "database": ["fault"],
        "registry": ["fault"],
        "snapshot": ["skipped"],
        "model": ["skipped"],
    }
    assert report["database"][0].seen == f"sqlite:///{tmp_path}/local/mlops.db: there is no such file yet"
    assert "`quantity run`" in report["database"][0].remedy
    assert "`quantity train`" in report["registry"][0].remedy
    assert report["snapshot"][0].seen == "not looked at: no database"
    assert report["model"][0].seen == "not looked at: no registry"
    assert report.text.endswith("\n2 faults: begin with the first, as others may follow from it\n")
    assert list(tmp_path.iterdir()) == []


def test_a_project_that_is_well_has_no_faults_and_is_left_as_it_was(
    healthy: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(tmp_path)
    report = diagnose(healthy, capsys)
    assert report.code == 0, report.text
    assert [name for name in NAMES if not report[name]] == []
    assert {line.state for name in NAMES for line in report[name]} == {"ok", "warning"}
    # The generated orders end years ago.
    assert report.only("snapshot", "warning").seen.startswith("snapshot 1 as of 20")
    assert "1 version of quantity, the newest is 1; champion is version 1" in report["registry"][0].seen
    assert report["model"][0].seen.startswith("version 1, trained 20")
    assert report.text.endswith("\nno faults and 1 warning\n")
    assert contents(tmp_path) == before


def test_what_a_writer_has_not_moved_to_the_file_yet_is_seen(
    healthy: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQLite keeps it in a log beside the file."""
    engine = connect(healthy.database_url)
    publish_marked(engine, 7)
    with engine.connect() as writer:
        writer.exec_driver_sql("SELECT 1")
        before = contents(tmp_path)
        assert "local/mlops.db-wal" in before
        report = diagnose(healthy, capsys)
        after = contents(tmp_path)
    engine.dispose()
    assert any("from 7 order lines" in line.seen for line in report["snapshot"])
    assert any("before it snapshot 1 " in line.seen for line in report["snapshot"])
    # The index of the log, in which readers register, is shared memory.
    assert {name: content for name, content in after.items() if not name.endswith("-shm")} == {
        name: content for name, content in before.items() if not name.endswith("-shm")
    }


def test_the_image_of_training_looks_at_all_but_the_service(healthy: Settings) -> None:
    done = run_in_image("training", "api", "doctor", variables=environment_of(healthy))
    report = Report(done.returncode, done.stdout)
    assert (report.code, done.stderr) == (0, ""), done.stdout
    assert [name for name in NAMES if "skipped" in report.states(name)] == ["service"]
    assert "api is not installed here; in the stack, `docker compose exec api" in report["service"][1].seen


def test_the_image_of_the_service_looks_at_all_but_the_migrations_and_a_store_in_a_file(healthy: Settings) -> None:
    done = run_in_image("api", "training", "doctor", variables=environment_of(healthy))
    report = Report(done.returncode, done.stdout)
    assert (report.code, done.stderr) == (1, ""), done.stdout
    assert report.only("database", "skipped").seen.endswith("training is not installed here")
    assert report.states("snapshot") == ["warning", "ok", "ok"]
    (line,) = report["registry"]
    assert line.seen.endswith("a store in a file needs the package alembic, which is not installed here")
    assert "MLFLOW_TRACKING_URI" in line.remedy
    assert report.states("service") == ["ok", "ok"]


@pytest.mark.parametrize("address", ["http://me:{}@{}", "http://{}:x@{}", "http://me:p@ss{}@{}"])
def test_no_password_is_told(tmp_path: Path, address: str) -> None:
    word = "hush-hush"
    variables = {
        "LOCAL_DIR": str(tmp_path),
        "MYSQL_HOST": HOST,
        "MYSQL_PORT": str(free_port()),
        "MYSQL_PASSWORD": f"{word}/%#",
        "MLFLOW_TRACKING_URI": address.format(word, f"{HOST}:{free_port()}"),
        "AWS_SECRET_ACCESS_KEY": word,
    }
    done = run("doctor", variables=variables)
    report = Report(done.returncode, done.stdout)
    assert report.states("database") == report.states("registry") == ["fault"]
    assert "MYSQL_PASSWORD=(hidden)" in report["settings"][0].seen
    assert word not in done.stdout + done.stderr
    assert "p@ss" not in done.stdout
    assert "ss***" not in done.stdout


@pytest.mark.parametrize("address", ["me:hush-hush@db:5000", "http://me:hu/hush-hush@db:5000", "ftp://me:hush-hush@db"])
def test_no_password_of_an_address_that_is_refused_is_told(tmp_path: Path, address: str) -> None:
    done = run("doctor", variables={"LOCAL_DIR": str(tmp_path), "MLFLOW_TRACKING_URI": address})
    report = Report(done.returncode, done.stdout)
    assert report["settings"][0].seen.startswith("MLFLOW_TRACKING_URI='")
    assert report["settings"][0].state == "fault"
    assert "hush" not in done.stdout + done.stderr


def test_a_check_that_fails_by_itself_is_a_fault_and_what_it_found_before_stays() -> None:
    def look() -> Iterator[Finding]:
        yield ok("so far")
        raise LookupError("of its own")

    first, second = within(5, look)
    assert first == ok("so far")
    assert (second.state, second.seen) == (State.FAULT, "the check failed: LookupError: of its own")


def test_a_check_that_does_not_end_is_left_alone() -> None:
    def look() -> Iterator[Finding]:
        yield ok("so far")
        time.sleep(60)

    began = time.monotonic()
    _, second = within(0.2, look)
    assert time.monotonic() - began < 10
    assert (second.state, second.seen) == (State.FAULT, "no end within 0.2 seconds")


def test_a_check_whose_packages_are_broken_is_a_fault(tmp_path: Path) -> None:
    (finding,) = Check("x", "command_line.doctor.nothing").findings(Situation(tmp_path))
    assert finding.state is State.FAULT
    assert finding.seen.startswith("the check failed: ModuleNotFoundError: No module named")
