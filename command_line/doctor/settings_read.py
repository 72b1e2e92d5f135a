"""The settings: which `.env` was read, what is set, and what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from command_line.doctor.finding import Finding, fault, ok, warning
from quantity.setting_faults import likely_typing_errors, unknown_variables
from quantity.settings import EXAMPLE, Settings, look_for_settings, project_dir

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from command_line.doctor.situation import Situation

CORRECT = "correct it in .env or in the environment, which goes before .env; .env.example tells what each setting takes"


def look(situation: Situation) -> Iterator[Finding]:
    """Read them, unless they are given."""
    if situation.settings is not None:
        yield ok(f"given; {_set(situation.settings)}")
        return
    found = look_for_settings()
    for line in found.faults:
        yield fault(line, CORRECT)
    situation.settings = found.settings
    files = sorted(found.files)
    read = [file for file in files if file.is_file()]
    if found.settings is not None:
        yield ok(f"{_named(read, files)}; {_set(found.settings)}")
        yield from _unknown(read)


def _named(files: Iterable[Path], looked_for: Iterable[Path]) -> str:
    return "; ".join(f"read {file}" for file in files) or f"there is no {' and no '.join(map(str, looked_for))}"


def _set(settings: Settings) -> str:
    values = {name: getattr(settings, name) for name in Settings.model_fields if name in settings.model_fields_set}
    told = [f"{name.upper()}={_shown(value)}" for name, value in values.items() if not _is_default(name, value)]
    return f"set: {', '.join(told)}" if told else "every setting is at its default"


def _is_default(name: str, value: object) -> bool:
    default = Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        # Not told either way.
        return False
    return value == (project_dir() / default if isinstance(default, Path) else default)


def _shown(value: object) -> str:
    return "(hidden)" if isinstance(value, SecretStr) else f"{value}"


def _unknown(files: Iterable[Path]) -> Iterator[Finding]:
    for file in files:
        typing_errors = likely_typing_errors(file, Settings.model_fields, EXAMPLE)
        for line in typing_errors:
            yield warning(line, CORRECT)
        unknown = unknown_variables(file, Settings.model_fields, EXAMPLE)
        if len(unknown) > len(typing_errors):
            yield ok(f"{file} has variables that are no settings: {', '.join(unknown)}")
