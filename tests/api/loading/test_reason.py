"""Reasons that may be shown to anyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from api.loading.reason import MAX_LENGTH, Reasons
from tests.support.api.apps import make_settings

if TYPE_CHECKING:
    from pathlib import Path


def reason(folder: Path, text: str, **settings: object) -> str:
    return Reasons(make_settings(folder, **settings)).of(RuntimeError(text))


def test_it_is_one_line_with_the_class_of_the_error(tmp_path: Path) -> None:
    assert reason(tmp_path, "first\n  second\tthird") == "RuntimeError: first second third"


@pytest.mark.parametrize("shown", ["p@ss/word", "p%40ss%2Fword"])
def test_it_never_shows_the_password(tmp_path: Path, shown: str) -> None:
    text = reason(tmp_path, f"cannot open mysql://mlops:{shown}@db/x", mysql_password="p@ss/word")

    assert shown not in text
    assert "***" in text


def test_it_never_shows_the_user_of_an_address(tmp_path: Path) -> None:
    assert reason(tmp_path, "GET http://me:secret@mlflow:5000/x") == "RuntimeError: GET http://***@mlflow:5000/x"


def test_it_keeps_what_is_no_secret(tmp_path: Path) -> None:
    text = "database 'mlops' at http://mlflow:5000/a@b"

    assert reason(tmp_path, text) == f"RuntimeError: {text}"


def test_it_is_short(tmp_path: Path) -> None:
    assert len(reason(tmp_path, "x" * 10_000)) == MAX_LENGTH + 1
