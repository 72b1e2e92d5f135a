"""Versions: of the project, of Python, and of the packages beside what the project asks for."""

from __future__ import annotations

import platform
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from command_line.doctor.finding import Finding, fault, ok
from quantity.settings import project_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from command_line.doctor.situation import Situation

PACKAGES = (
    "numpy", "pandas", "scikit-learn", "skops", "sqlalchemy", "pymysql", "pydantic", "mlflow-skinny", "mlflow", "numba",
    "treelite", "pyarrow", "fastapi", "uvicorn",
)  # fmt: skip
"""Those that a fault most often depends on."""

EXTRAS = ("training", "api")
INSTALL = "`make install`, or build the images anew: `make up`"
GIT_SECONDS = 2


def look(_situation: Situation) -> Iterator[Finding]:
    """Ask the packages' own records; nothing is imported."""
    project = _project()
    named = f"{project.get('name', 'order-quantity')} {project.get('version', _installed('order-quantity'))}{_commit()}"
    there = [f"{name} {number}" for name in PACKAGES if (number := _installed(name))]
    yield ok(f"{named}, Python {platform.python_version()} on {platform.platform()}; {', '.join(there)}")
    extras = {name: project.get("optional-dependencies", {}).get(name, []) for name in EXTRAS}
    for line in _unfit([*project.get("dependencies", []), *(line for lines in extras.values() for line in lines)]):
        yield fault(line, INSTALL)
    if lacking := [name for name in _names(project.get("dependencies", [])) if not _installed(name)]:
        yield fault(f"not installed: {', '.join(lacking)}", INSTALL)
    for extra, lines in extras.items():
        if lacking := [name for name in _names(lines) if not _installed(name)]:
            yield ok(f"the extra `{extra}` is not installed, or not all of it; not here: {', '.join(lacking)}")


def _project() -> dict[str, Any]:
    """What `pyproject.toml` says; nothing where the project is installed without a checkout."""
    path = project_dir() / "pyproject.toml"
    found: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))["project"] if path.is_file() else {}
    return found


def _commit() -> str:
    command = ("git", "-C", str(project_dir()), "rev-parse", "--short", "HEAD")
    try:
        done = subprocess.run(  # noqa: S603 - no word of it is from outside
            command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return f" (commit {done.stdout.strip()})" if done.returncode == 0 else ""


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _names(lines: Iterable[str]) -> list[str]:
    return [Requirement(line).name for line in lines]


def _unfit(lines: Iterable[str]) -> Iterator[str]:
    wanted = {str(requirement): requirement for requirement in map(Requirement, lines)}
    for requirement in wanted.values():
        number = _installed(requirement.name)
        if number is not None and not requirement.specifier.contains(number, prereleases=True):
            yield f"{requirement.name} {number} is installed, and the project asks for {requirement.specifier}"
