"""Runs of `preprocess.py`, and what they leave."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quantity.db.engine import connect
from tests.support.publishing.published import dump, leftovers
from training import preprocess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from quantity.settings import Settings


@dataclass(frozen=True)
class Result:
    """What a run left: its exit code and what it printed, blanks folded."""

    code: int
    out: str
    err: str


@contextmanager
def engine_of(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def everything(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    with engine_of(settings) as engine:
        return dump(engine)


def leftovers_of(settings: Settings) -> list[str]:
    with engine_of(settings) as engine:
        return leftovers(engine)


def assert_refused(result: Result, settings: Settings, before: dict[str, list[tuple[Any, ...]]], *told: str) -> None:
    assert result.code == preprocess.BAD_INPUT
    assert result.err.startswith("preprocess: ")
    assert "Traceback" not in result.err
    for fragment in told:
        assert fragment in result.err
    assert everything(settings) == before
