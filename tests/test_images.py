"""What an image holds imports no package that its requirements leave out; the container tests see it minutes later."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.containers.every_module import IMPORT_EVERY_MODULE
from tests.support.containers.image_packages import LEAVE_OUT, ROOT, absent_from


def imported(absent: list[str], *packages: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LEAVE_OUT + IMPORT_EVERY_MODULE, ",".join(absent), *packages]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("packages", [("api", "quantity"), ("training",)], ids=lambda packages: packages[0])
def test_every_module_can_be_imported_with_what_an_image_installs(packages: tuple[str, ...]) -> None:
    done = imported(absent_from(ROOT / packages[0] / "requirements.txt"), *packages)
    assert not done.returncode, done.stderr


@pytest.mark.parametrize(("image", "other"), [("api", "training"), ("training", "api")])
def test_the_command_line_can_be_imported_in_both_images(image: str, other: str) -> None:
    absent = [*absent_from(ROOT / image / "requirements.txt"), other]
    done = imported(absent, "command_line")
    assert not done.returncode, done.stderr


def test_a_package_that_an_image_lacks_is_seen() -> None:
    done = imported([*absent_from(ROOT / "api" / "requirements.txt"), "numpy"], "quantity")
    assert done.returncode
    assert "the image has no" in done.stderr
