"""Each time that the alias moves there is a row, whoever moved it and whoever died."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import URL

from local_servers.ports import HOST, free_port
from quantity.db.engine import connect
from quantity.db.monitoring_tables import REASON_LENGTH, promotions
from quantity.registry import PROMOTED_AT, PROMOTION, client, set_champion, version_number
from tests.support.models.trained_model import Trained, copy_of, trained
from tests.support.promotion.promoter_process import stopped_promoter
from tests.support.promotion.versions import register_again
from tests.support.settings import settings_for
from training import promote
from training.promotion.bootstrap import Improvement
from training.promotion.gate import Rival
from training.promotion.lock import promotion_lock
from training.promotion.moving import move_alias
from training.promotion.trail import BY_HAND, BY_TRAINING, NOT_RECORDED, Promotion, heal, history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Version 1, the champion; not to be changed."""
    return trained(tmp_path_factory)


@pytest.fixture
def registered(first: Trained, tmp_path: Path, database_url: URL) -> Settings:
    """Version 1, the champion, and version 2, the same files again; on MySQL with a database that is still empty."""
    settings = copy_of(first, tmp_path, database_url)
    register_again(settings)
    return settings


@pytest.fixture
def trail(registered: Settings) -> Iterator[Engine]:
    """Connections to the database of the trail."""
    engine = connect(registered.database_url)
    yield engine
    engine.dispose()


def moves(engine: Engine, settings: Settings) -> list[tuple[str | None, str, str]]:
    """Oldest first: from, to, by."""
    found = [(row.from_version, row.to_version, row.promoted_by) for row in history(engine, settings)]
    return found[::-1]


def test_the_first_version_has_a_row_with_the_reason_of_its_tag(first: Trained) -> None:
    engine = connect(first.settings.database_url)
    (row,) = history(engine, first.settings)
    engine.dispose()
    version = client(first.settings).get_model_version(first.settings.model_name, "1")
    assert (row.from_version, row.to_version, row.promoted_by) == (None, "1", BY_TRAINING)
    assert (row.reason, row.run_id) == (version.tags[PROMOTION], version.run_id)
    assert row.improvement is None
    assert dt.timedelta() <= dt.datetime.now(dt.UTC).replace(tzinfo=None) - row.promoted_at < dt.timedelta(hours=1)


def test_promotions_by_hand_are_recorded_and_what_was_before_them(registered: Settings, trail: Engine) -> None:
    assert promote.main(["2"], registered) == promote.DONE
    assert promote.main(["1"], registered) == promote.DONE
    before, *by_hand = moves(trail, registered)
    assert before[:2] == (None, "1")
    assert by_hand == [("1", "2", BY_HAND), ("2", "1", BY_HAND)]
    assert history(trail, registered, most=1)[0].reason.endswith("in place of 2")


def test_whoever_moves_the_alias_in_mlflow_is_found_once(registered: Settings, trail: Engine) -> None:
    for _ in range(2):
        heal(trail, registered)
    set_champion(registered, "2", "somebody's reason")
    for _ in range(2):
        heal(trail, registered)
    *_, last = moves(trail, registered)
    assert last == ("1", "2", NOT_RECORDED)
    assert len(moves(trail, registered)) == 2
    assert "the version's tag says: somebody's reason" in history(trail, registered, most=1)[0].reason


def test_a_run_that_is_killed_between_alias_and_row_is_found_by_the_next(
    registered: Settings, trail: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with promotion_lock(trail, 0):
        heal(trail, registered)
    with stopped_promoter(registered, "2") as process:
        assert version_number(registered) == "2"
        assert [move[1] for move in moves(trail, registered)] == ["1"]
        process.kill()
        process.wait()
    # A server may need a moment to notice that a client is dead.
    with promotion_lock(trail, 60):
        pass
    assert promote.main(["--history"], registered) == promote.DONE
    newest, oldest = capsys.readouterr().out.splitlines()
    assert "1 -> 2  not recorded  found later" in newest
    assert "promoted by hand" in newest
    assert "none -> 1" in oldest


def test_without_the_alias_nothing_is_found(registered: Settings, trail: Engine) -> None:
    heal(trail, registered)
    client(registered).delete_registered_model_alias(registered.model_name, registered.model_alias)
    heal(trail, registered)
    assert len(moves(trail, registered)) == 1
    assert promote.main(["2"], registered) == promote.DONE
    assert moves(trail, registered)[-1] == (None, "2", BY_HAND)


def test_other_models_and_other_aliases_have_a_trail_of_their_own(registered: Settings, trail: Engine) -> None:
    other = registered.model_copy(update={"model_alias": "candidate"})
    before = moves(trail, registered)
    assert promote.main(["2"], other) == promote.DONE
    assert moves(trail, other) == [(None, "2", BY_HAND)]
    assert moves(trail, registered) == before
    assert history(trail, registered.model_copy(update={"model_name": "another"})) == []


def test_the_evidence_is_in_the_row_and_on_the_version(registered: Settings, trail: Engine) -> None:
    found = Improvement(0.0123, 0.004, 0.021, 0.9)
    rival = Rival("1", "on 500 orders", 0.5, 0.4877, orders=500, days=20, improvement=found)
    move_alias(registered, trail, "2", "a reason" * REASON_LENGTH, promoted_by=BY_TRAINING, rival=rival)
    row = history(trail, registered, most=1)[0]
    assert row.orders == 500
    evidence = [row.improvement, row.improvement_low, row.improvement_high, row.level]
    assert evidence == pytest.approx([0.0123, 0.004, 0.021, 0.9])
    assert len(row.reason) == REASON_LENGTH
    assert PROMOTED_AT in client(registered).get_model_version(registered.model_name, "2").tags


def test_every_column_of_the_table_is_written() -> None:
    """But its number, which the database gives, and whose it is."""
    written = {*Promotion.__dataclass_fields__, "promotion_id", "model_name", "model_alias"}
    assert {column.name for column in promotions.columns} == written


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_down_keeps_nobody_from_promoting_and_learns_of_it_later(
    registered: Settings, trail: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    down = settings_for(tmp_path, URL.create("mysql+pymysql", "mlops", "hush", HOST, free_port(), "mlops"))
    assert promote.main(["2"], down) == promote.DONE
    told = capsys.readouterr()
    assert "is now champion" in told.out
    assert told.err.startswith("promote: warning: database mysql+pymysql://")
    assert "the next run with a database records" in told.err
    assert version_number(registered) == "2"
    heal(trail, registered)
    assert moves(trail, registered)[-1] == ("1", "2", NOT_RECORDED)
    assert promote.main(["--history"], down) == promote.REGISTRY_FAILED
    assert "Connection refused" in capsys.readouterr().err
