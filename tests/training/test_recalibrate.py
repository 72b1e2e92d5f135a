"""The program `recalibrate.py`: another range is proposed where the champion's no longer covers; the alias stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quantity.db.engine import connect
from quantity.registry import CHALLENGER, PROMOTION, challengers, client, tag_version, version_number, version_tags
from tests.support.models.aged_version import let_orders_grow, register_aged
from tests.support.models.trained_model import copy_of, trained
from tests.support.outcomes.scored_version import score
from tests.support.publishing.published_market import execute
from training import recalibrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings


@pytest.fixture
def aged(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Settings:
    """Version 2, the champion, which was trained eight weeks ago."""
    settings = copy_of(trained(tmp_path_factory), tmp_path)
    engine = connect(settings.database_url)
    register_aged(settings, engine)
    engine.dispose()
    return settings


@pytest.fixture
def tables(aged: Settings) -> Iterator[Engine]:
    """Connections to its tables."""
    engine = connect(aged.database_url)
    yield engine
    engine.dispose()


def test_a_copy_is_proposed_once_replayed_and_not_promoted(
    aged: Settings, tables: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    let_orders_grow(tables)
    score(tables, 1_000, 640, version="2")
    assert recalibrate.main([], aged) == recalibrate.DONE
    out = capsys.readouterr().out
    assert "version 2: its range covers 64.0% of 1,000 replayed orders of the 28 days to 2024-12-29" in out
    assert "version 3 of quantity is proposed: version 2 with a range learned again on" in out
    assert "`python -m training.promote 3 --as-is`" in out
    assert version_number(aged) == "2"
    assert challengers(aged) == ["3"]
    assert version_tags(aged)["3"][PROMOTION].startswith("proposed: the range of version 2 learned again on ")

    for arguments in ([], ["--always"]):
        assert recalibrate.main(arguments, aged) == recalibrate.DONE
    assert "version 3 is proposed already: `python -m training.promote 3 --as-is`" in capsys.readouterr().out
    assert list(version_tags(aged)) == ["3", "2", "1"]


def test_a_proposed_copy_that_no_longer_covers_either_gives_way_to_another(
    aged: Settings, tables: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recalibrate.main(["--always"], aged) == recalibrate.DONE
    assert challengers(aged) == ["3"]
    let_orders_grow(tables)
    execute(tables, "DELETE FROM features WHERE checkout_date = (SELECT max(checkout_date) FROM features)")
    score(tables, 1_000, 640, version="2")
    score(tables, 1_000, 650, version="3")
    assert recalibrate.main([], aged) == recalibrate.DONE
    assert "version 4 of quantity is proposed" in capsys.readouterr().out
    assert challengers(aged) == ["4"]
    assert version_tags(aged)["3"][CHALLENGER] == "false"


def test_a_range_that_covers_stays_and_so_does_one_that_another_would_not_help(
    aged: Settings, tables: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recalibrate.main([], aged) == recalibrate.DONE
    assert "stays as it is: the last 28 scored days have fewer than 500 orders" in capsys.readouterr().out
    score(tables, 1_000, 812, version="2")
    assert recalibrate.main([], aged) == recalibrate.DONE
    assert capsys.readouterr().out == (
        "version 2 stays as it is: its range covers 81.2% of 1,000 replayed orders of the 28 days to 2024-12-29\n"
    )
    score(tables, 10_000, 9_900, version="2", category="Drinks")
    assert recalibrate.main([], aged) == recalibrate.DONE
    assert "stays as it is: another range would not help" in capsys.readouterr().out
    assert list(version_tags(aged)) == ["2", "1"]


def test_a_copy_of_another_version_than_the_champion_is_no_longer_replayed(aged: Settings) -> None:
    assert recalibrate.main(["--always"], aged) == recalibrate.DONE
    assert recalibrate.main([], aged) == recalibrate.DONE
    assert challengers(aged) == ["3"]
    tag_version(aged, "1", {CHALLENGER: "somebody's"})
    client(aged).set_registered_model_alias(aged.model_name, aged.model_alias, "3")
    assert recalibrate.main([], aged) == recalibrate.DONE
    assert challengers(aged) == ["1"]


def test_before_there_is_a_champion_nothing_is_proposed_and_nothing_is_wrong(
    aged: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    client(aged).delete_registered_model_alias(aged.model_name, aged.model_alias)
    assert recalibrate.main([], aged) == recalibrate.DONE
    assert tuple(capsys.readouterr()) == ("no version of quantity is champion: no range to learn again yet\n", "")


def test_a_champion_that_has_just_been_trained_has_too_few_orders(
    aged: Settings, tables: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    client(aged).set_registered_model_alias(aged.model_name, aged.model_alias, "1")
    too_few = "1,000 orders of two days at least, and there are 0 of 0"
    assert recalibrate.main(["--always"], aged) == recalibrate.NOTHING_TO_RECALIBRATE
    assert too_few in capsys.readouterr().err
    score(tables, 1_000, 500, version="1")
    assert recalibrate.main([], aged) == recalibrate.DONE
    said, why = capsys.readouterr().out.split("version 1 stays as it is: ")
    assert "its range covers 50.0%" in said
    assert too_few in why


def test_a_server_that_cannot_be_reached_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    dead = settings.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:9"})
    assert recalibrate.main([], dead) == recalibrate.SERVER_FAILED
    assert "MLflow http://127.0.0.1:9" in capsys.readouterr().err


def test_a_database_that_cannot_be_reached_is_told(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    dead = settings.model_copy(update={"mysql_host": "127.0.0.1", "mysql_port": 9})
    assert recalibrate.main([], dead) == recalibrate.SERVER_FAILED
    assert "recalibrate: database " in capsys.readouterr().err
