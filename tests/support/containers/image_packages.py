"""Programs that run with the packages of an image alone."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
PINNED = re.compile(r"^([\w.-]+)==", re.MULTILINE)

LEAVE_OUT: Final = """
import sys
class Absent:
    names = frozenset(sys.argv.pop(1).split(","))
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.names:
            raise ModuleNotFoundError(f"the image has no {name}", name=name)
sys.meta_path.insert(0, Absent)
"""
"""In front of a program whose first argument names, separated by commas, the modules that it is to do without."""


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
