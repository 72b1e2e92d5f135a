"""What an image holds imports no package that its requirements leave out; the container tests see it minutes later."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.support.containers.every_module import IMPORT_EVERY_MODULE

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)

LEAVE_OUT = """
import sys
class Absent:
    names = frozenset(sys.argv.pop(1).split(","))
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.names:
            raise ModuleNotFoundError(f"the image has no {name}", name=name)
sys.meta_path.insert(0, Absent)
"""


def absent_from(requirements: Path) -> list[str]:
    """The modules that are installed here, not the project's own, and not pinned there."""
    pinned = {
        canonicalize_name(PROJECT),
        *(canonicalize_name(name) for name in PINNED.findall(requirements.read_text())),
    }
    return [
        module
        for module, distributions in packages_distributions().items()
        if not pinned & {canonicalize_name(name) for name in distributions}
    ]


def imported(absent: list[str], *packages: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LEAVE_OUT + IMPORT_EVERY_MODULE, ",".join(absent), *packages]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("packages", [("api", "quantity"), ("training",)], ids=lambda packages: packages[0])
def test_every_module_can_be_imported_with_what_an_image_installs(packages: tuple[str, ...]) -> None:
    done = imported(absent_from(ROOT / packages[0] / "requirements.txt"), *packages)
    assert not done.returncode, done.stderr


@pytest.mark.parametrize(("image", "other"), [("api", "training"), ("training", "api")])
def test_the_command_line_can_be_imported_in_both_images(image: str, other: str) -> None:
    """All but `run`, which needs both programs."""
    absent = [*absent_from(ROOT / image / "requirements.txt"), other]
    done = imported(absent, "command_line.doctor")
    assert not done.returncode, done.stderr


def test_a_package_that_an_image_lacks_is_seen() -> None:
    done = imported([*absent_from(ROOT / "api" / "requirements.txt"), "numpy"], "quantity")
    assert done.returncode
    assert "the image has no" in done.stderr
