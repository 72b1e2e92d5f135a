"""The versions' part of the report, in a checkout that asks for other packages than there are."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING

from tests.support.command_line import ROOT, Report, run

if TYPE_CHECKING:
    from pathlib import Path


def report_of(folder: Path, change: tuple[str, str]) -> Report:
    """The report of a copy of the project with another `pyproject.toml`."""
    for package in ("quantity", "command_line"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "pyproject.toml").read_text()
    assert text.count(change[0]) == 1
    (folder / "pyproject.toml").write_text(text.replace(*change))
    done = run("doctor", variables={"LOCAL_DIR": str(folder / "local"), "PYTHONPATH": str(folder)}, cwd=folder)
    return Report(done.returncode, done.stdout)


def test_python_the_project_and_its_packages_are_told(tmp_path: Path) -> None:
    report = report_of(tmp_path, ('version = "0.1.0"', 'version = "7.8.9"'))
    (line,) = report["versions"]
    assert line.seen.startswith(f"order-quantity 7.8.9, Python {platform.python_version()} on ")
    assert "numpy " in line.seen


def test_a_package_of_another_version_than_the_project_asks_for_is_a_fault(tmp_path: Path) -> None:
    line = report_of(tmp_path, ('"numpy>=2.4"', '"numpy>=99"')).only("versions", "fault")
    assert line.seen.startswith("numpy ")
    assert line.seen.endswith(" is installed, and the project asks for >=99")
    assert "`make install`" in line.remedy


def test_a_package_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    line = report_of(tmp_path, ('"numpy>=2.4"', '"no-such-package>=1"')).only("versions", "fault")
    assert line.seen == "not installed: no-such-package"


def test_a_package_of_an_extra_that_is_not_there_is_told_and_no_fault(tmp_path: Path) -> None:
    report = report_of(tmp_path, ('"fastapi>=0.165"', '"no-such-package>=1"'))
    assert report.states("versions") == ["ok", "ok"]
    assert report["versions"][1].seen == "the extra `api` is not installed, or not all of it; not here: no-such-package"
