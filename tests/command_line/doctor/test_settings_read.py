"""The settings' part of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.command_line import Report, run

if TYPE_CHECKING:
    from pathlib import Path


def report_on(folder: Path, **variables: str) -> Report:
    done = run("doctor", variables={"LOCAL_DIR": str(folder / "local")} | variables, cwd=folder)
    assert done.stderr == ""
    return Report(done.returncode, done.stdout)


def test_every_setting_that_is_wrong_is_a_fault_and_the_rest_is_not_looked_at(tmp_path: Path) -> None:
    report = report_on(tmp_path, API_PORT="99999", TIME_ZONE="Europe/Nowhere")
    assert report.code == 1
    assert [(line.state, line.seen) for line in report["settings"]] == [
        ("fault", "TIME_ZONE='Europe/Nowhere': expected a time zone's name such as UTC or Europe/Berlin"),
        ("fault", "API_PORT='99999': expected a whole number from 0 to 65535"),
    ]
    assert ".env.example tells" in report["settings"][0].remedy
    for name in ("disk", "database", "registry", "snapshot", "model", "service"):
        assert [line.seen for line in report[name]] == ["not looked at: no settings that can be used"]
    assert report.states("versions") == ["ok"]


def test_the_file_that_was_read_and_what_is_set_are_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("API_MAX_PAIRS=5\nMYSQL_PASSWORD=hush-hush\nMY_TOKEN=hush-hush\nAPI_PRT=1\n")
    report = report_on(tmp_path, MODEL_ALIAS="other")
    read = report["settings"][0]
    assert f"read {tmp_path / '.env'}" in read.seen
    for told in ("API_MAX_PAIRS=5", "MODEL_ALIAS=other", "MYSQL_PASSWORD=(hidden)"):
        assert told in read.seen
    assert report.only("settings", "warning").seen == ".env: API_PRT is no setting: API_PORT?"
    assert report["settings"][-1].seen.endswith("variables that are no settings: MY_TOKEN, API_PRT")
    assert "hush" not in report.text


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("API_PORT 8000\n")
    (line,) = report_on(tmp_path)["settings"]
    assert (line.state, line.seen) == ("fault", ".env: line 1: expected NAME=value")
