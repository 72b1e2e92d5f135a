"""Settings that cannot be used, told a line each: setting, value, and what is expected."""

from __future__ import annotations

import difflib
import os
import re
from io import StringIO
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from dotenv import dotenv_values
from dotenv.parser import parse_stream
from pydantic import SecretStr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

ENCODING: Final = "utf-8-sig"
"""Of `.env`: editors on Windows write a byte order mark."""

LONGEST_VALUE: Final = 100
"""A wrong value is shown up to so many characters."""

_USER_INFO: Final = re.compile(r"(?:(?<=://)|^(?![^@]*://)(?=[^@]*:)).*@")
"""Up to the last @, in an address with its scheme or without: a password may hold any character."""
_CLOSE: Final = 0.88
"""Two names that are alike by so much, as `difflib` counts, are one name with a typing error."""


def told(details: ErrorDetails, fields: Mapping[str, FieldInfo]) -> str:
    """A fault that pydantic found, without secrets."""
    name = str(details["loc"][0])
    field = fields[name]
    value = "" if field.annotation is SecretStr else f"={_shown(details['input'])}"
    return f"{name.upper()}{value}: {_expected(details, field)}"


def _shown(value: object) -> str:
    return repr(_USER_INFO.sub("***@", str(value))[:LONGEST_VALUE])


def _expected(details: ErrorDetails, field: FieldInfo) -> str:
    if details["type"] == "value_error":
        return details["msg"].removeprefix("Value error, ")
    if get_origin(field.annotation) is Literal:
        *most, last = get_args(field.annotation)
        return f"expected {', '.join(most)} or {last}"
    if field.annotation not in (int, float):
        return details["msg"]
    return f"expected a {'whole ' if field.annotation is int else ''}number{_range(field)}"


def _range(field: FieldInfo) -> str:
    limits: dict[type, Any] = {type(limit): limit for limit in field.metadata}
    if Gt in limits:
        return f" above {limits[Gt].gt:g}" + (f", at most {limits[Le].le}" if Le in limits else "")
    least, most = limits.get(Ge), limits.get(Le)
    below = f", below {limits[Lt].lt}" if Lt in limits else ""
    return (f" from {least.ge}" if least else "") + (f" to {most.le}" if most else below)


def fault_of_folder(name: str, path: Path) -> str | None:
    """Why a setting's folder cannot be used to write to; it is made where there is none."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"{name.upper()}={str(path)!r}: this folder cannot be made: {error.strerror}"
    if not os.access(path, os.W_OK | os.X_OK):
        return f"{name.upper()}={str(path)!r}: this folder cannot be written to"
    return None


def faults_of_file(path: Path) -> list[str]:
    """Why a `.env` cannot be read; empty where there is none, or where it can."""
    # `python -m venv .env` makes a folder that nobody means as settings.
    if not path.exists() or (path / "pyvenv.cfg").exists():
        return []
    if path.is_dir():
        return [f"{path.name} is a folder: expected a file, a copy of .env.example"]
    try:
        text = path.read_text(ENCODING)
    except OSError as error:
        return [f"{path.name} cannot be read: {error.strerror}"]
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        return [f"{path.name} is not text in UTF-8: save it in that encoding"]
    wrong = [binding.original.line for binding in parse_stream(StringIO(text)) if binding.error]
    return [f"{path.name}: line {line}: expected NAME=value" for line in wrong]


def likely_typing_errors(path: Path, names: Iterable[str], example: Path) -> list[str]:
    """Variables of a `.env` that no program knows, but whose names are close to a setting's."""
    settings = [name.upper() for name in names]
    unknown = unknown_variables(path, settings, example)
    meant = {name: difflib.get_close_matches(name.upper(), settings, 1, _CLOSE) for name in unknown}
    return [f"{path.name}: {name} is no setting: {close[0]}?" for name, close in meant.items() if close]


def unknown_variables(path: Path, names: Iterable[str], example: Path) -> list[str]:
    """The names of a `.env`'s variables that are neither settings nor in the example; none where there is no file."""
    if not path.is_file():
        return []
    known = {*(name.upper() for name in names), *(_variables(example) if example.is_file() else ())}
    return [name for name in _variables(path) if name.upper() not in known]


def _variables(path: Path) -> Iterable[str]:
    return dotenv_values(path, encoding=ENCODING, interpolate=False)
