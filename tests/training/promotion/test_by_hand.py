"""A version that is promoted by hand has a range that follows newer orders, and whatever fails there blocks nobody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import pytest

from quantity.db.engine import connect
from quantity.db.tables import POINTER
from quantity.model_files import MODEL_FILE
from quantity.registry import client, version_number, version_numbers, version_tags
from tests.support.models.aged_version import let_orders_grow, register_aged
from tests.support.models.trained_model import copy_of, trained
from tests.support.publishing.published_market import execute
from training import promote
from training.promotion.by_hand import Chosen, choose
from training.promotion.trail import BY_HAND, history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from quantity.settings import Settings


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Settings:
    """Version 1, the champion, which has just been trained on all orders."""
    return copy_of(trained(tmp_path_factory), tmp_path)


@pytest.fixture
def tables(settings: Settings) -> Iterator[Engine]:
    """Connections to its tables."""
    engine = connect(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def aged(settings: Settings, tables: Engine) -> Settings:
    """Beside it version 2, which was trained eight weeks ago."""
    register_aged(settings, tables)
    client(settings).set_registered_model_alias(settings.model_name, settings.model_alias, "1")
    return settings


@pytest.fixture
def shifted(aged: Settings, tables: Engine) -> Settings:
    """The same, and orders have grown since."""
    let_orders_grow(tables)
    return aged


def test_a_copy_whose_range_follows_newer_orders_is_promoted_once_and_the_version_itself_as_it_is(
    shifted: Settings, tables: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote.main(["2"], shifted) == promote.DONE
    told = capsys.readouterr().out
    assert told.startswith(
        "version 3 of quantity is now champion, in place of version 1. It is version 2 with a range learned again on "
    )
    assert told.endswith("; --as-is promotes version 2 itself\n")
    assert version_number(shifted) == "3"
    assert version_tags(shifted)["3"]["recalibrated_from"] == "2"
    row = history(tables, shifted, most=1)[0]
    assert (row.from_version, row.to_version, row.promoted_by) == ("1", "3", BY_HAND)
    assert "in place of 1: version 2 with a range learned again on" in row.reason

    assert promote.main(["2"], shifted) == promote.DONE
    assert "version 3 of quantity is champion already. It is version 2 with" in capsys.readouterr().out
    assert promote.main(["2", "--as-is"], shifted) == promote.DONE
    assert capsys.readouterr().out == "version 2 of quantity is now champion, in place of version 3\n"
    assert version_number(shifted) == "2"
    assert version_numbers(shifted) == ["3", "2", "1"]


def test_a_version_stays_itself_where_its_range_covers_or_has_nothing_to_follow(
    aged: Settings, tables: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    assert choose(aged, "2") == Chosen("2")
    assert choose(aged, "1") == Chosen("1")
    execute(tables, f"DELETE FROM {POINTER}")
    assert choose(aged, "2") == Chosen("2")
    assert version_numbers(aged) == ["2", "1"]
    assert not caplog.records


def test_orders_that_cannot_be_read_are_told_and_keep_nobody_from_promoting(
    shifted: Settings, tables: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    execute(tables, "DROP VIEW features")
    assert promote.main(["2"], shifted) == promote.DONE
    assert version_number(shifted) == "2"
    assert "the range of version 2 stays as it is: " in caplog.text


def test_a_copy_that_cannot_be_registered_is_told_and_keeps_nobody_from_promoting(
    shifted: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "no folder"
    blocked.touch()
    full = shifted.model_copy(update={"mlflow_experiment": "another", "artifacts_dir": blocked})
    assert promote.main(["2"], full) == promote.DONE
    assert version_number(shifted) == "2"
    assert "the range of version 2 stays as it is: " in caplog.text
    assert version_numbers(shifted) == ["2", "1"]


def test_a_copy_that_no_service_could_load_is_refused(shifted: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert choose(shifted, "2").number == "3"
    folder = urlparse(client(shifted).get_model_version_download_uri(shifted.model_name, "3")).path
    os.truncate(Path(folder) / MODEL_FILE, 100)
    assert promote.main(["2"], shifted) == promote.NOT_PROMOTED
    refused = capsys.readouterr().err
    assert f"version 3 of quantity cannot be served: {MODEL_FILE}" in refused
    assert refused.endswith("; --as-is promotes version 2 itself\n")
    assert version_number(shifted) == "1"
