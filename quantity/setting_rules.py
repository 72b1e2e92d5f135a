"""Values that settings take: each rule returns the value, or raises `ValueError` with what is expected."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from pathlib import Path

PLAIN_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
"""A path of the web that means the same wherever it is written: no escapes, no dots that lead elsewhere."""

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9._\[\]:-]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_QUOTES: Final = "\"'"
_ALIAS: Final = re.compile(r"[\w-]{1,255}")
_VERSION: Final = re.compile(r"v\d+", re.IGNORECASE)

_TRACKING_SCHEMES: Final = frozenset(
    {"http", "https", "sqlite", "mysql", "postgresql", "mssql", "file", "databricks", "databricks-uc", "uc"}
)
_TRACKING: Final = "expected http://host:port or https://host, such as http://127.0.0.1:5000, or sqlite:///file"


def unicode_text(value: str) -> str:
    """Text that can be written in UTF-8: the environment may hold any bytes."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("expected text in UTF-8") from error
    return value


def plain_text(value: str) -> str:
    """Unicode text on one line, without quotes around it."""
    unicode_text(value)
    if _CONTROL.search(value):
        raise ValueError("expected text without line breaks and other control characters")
    if len(value) > 1 and value[0] in _QUOTES and value[0] == value[-1]:
        raise ValueError("expected the value without quotes around it")
    return value


def time_zone(name: str) -> str:
    """The name of a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError("expected a time zone's name such as UTC or Europe/Berlin") from error
    return name


def encoding(name: str) -> str:
    """The name of an encoding that Python knows."""
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise ValueError("expected an encoding's name such as utf-8, utf-16 or windows-1252") from error
    return name


def folder(path: Path) -> Path:
    """The path of a folder that is there or may still be made; ``~`` is the user's own."""
    try:
        path = path.expanduser()
        nearest = next((each for each in (path, *path.parents) if each.exists()), path)
        is_in_the_way = nearest.exists() and not nearest.is_dir()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"expected a folder: {_reason(error)}") from error
    if is_in_the_way:
        raise ValueError(f"expected a folder, and {nearest} is a file")
    return path


def file(path: Path) -> Path:
    """The path of a file that is there; ``~`` is the user's own folder."""
    try:
        path = path.expanduser()
        is_there = path.is_file()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"expected a file: {_reason(error)}") from error
    if not is_there:
        raise ValueError("there is no such file")
    return path


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def host(value: str) -> str:
    """A host's name or address, with nothing around it."""
    is_name_or_address = value.count(":") != 1 and not set(value) & set("/@[]?# ")
    if not is_name_or_address:
        raise ValueError(
            "expected a host's name or address alone, such as db or 127.0.0.1, without scheme, user or brackets; "
            "the port is a setting of its own"
        )
    return value


def tracking_address(value: str) -> str:
    """An address that MLflow's client understands."""
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(_TRACKING) from error
    is_folder = value.startswith("/")
    is_known = parts.scheme.split("+")[0] in _TRACKING_SCHEMES or value in ("databricks", "databricks-uc")
    if not (is_folder or is_known) or (parts.scheme in ("http", "https") and not has_host):
        raise ValueError(_TRACKING)
    return value


def model_name(value: str) -> str:
    """A name that MLflow's registry takes."""
    if set(value) & set("/:") or value in {".", ".."}:
        raise ValueError("expected a name without / and :")
    return value


def model_alias(value: str) -> str:
    """An alias that MLflow's registry takes."""
    if not _ALIAS.fullmatch(value) or _VERSION.fullmatch(value) or value.lower() == "latest":
        raise ValueError("expected letters, digits, _ and - only, not latest and not v with a number")
    return value


def origins(value: str) -> str:
    """Origins of pages, separated by commas, or ``*``."""
    if not all(origin == "*" or _ORIGIN.fullmatch(origin) for origin in listed(value)):
        raise ValueError("expected * or origins such as https://shop.example, separated by commas")
    return value


def listed(value: str) -> list[str]:
    """The parts of a value that are separated by commas."""
    return [part for item in value.split(",") if (part := item.strip())]


def root_path(value: str) -> str:
    """A path of the web, without a slash at its end; empty is none."""
    path = value.rstrip("/")
    if path and not PLAIN_PATH.fullmatch(path):
        raise ValueError("expected a path such as /orders, of letters, digits and -._~")
    return path
