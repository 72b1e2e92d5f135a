"""Versions that were never champion go after a while, and their bytes with them; whatever is in doubt stays."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import mlflow
import pytest
from sqlalchemy import update

from quantity.db.engine import connect
from quantity.db.monitoring_tables import promotions
from quantity.registry import CHALLENGER, PROMOTED_AT, client, download_version, set_champion, tag_version
from quantity.registry import version_numbers as registered
from tests.support.faults.mortal_registry import MortalRegistry
from tests.support.promotion.versions import register_again, register_small
from tests.support.settings import settings_for
from training import promote
from training.fit.tracking import prepare
from training.promotion import retention
from training.promotion.moving import move_alias
from training.promotion.retention import delete_old
from training.promotion.trail import BY_HAND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings

DAYS = 30


def later(days: float = DAYS + 1) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


def files(folder: Path) -> set[Path]:
    """All files of runs and models below a folder."""
    return {path for path in folder.rglob("*") if path.is_file() and "artifacts" in path.parts}


def with_champion(settings: Settings) -> None:
    """Register version 1, and make it the champion."""
    prepare(settings)
    register_small(settings)
    engine = connect(settings.database_url)
    move_alias(settings, engine, "1", "by a test", promoted_by=BY_HAND)
    engine.dispose()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Version 1, the champion, in files; not to be changed but for artifacts of other versions."""
    folder = tmp_path_factory.mktemp("registry")
    with_champion(settings_for(folder))
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Where artifacts are."""
    return tmp_path if getattr(request, "param", None) == "server" else made


@pytest.fixture
def settings(folder: Path, tmp_path: Path) -> Iterator[Settings]:
    """Version 1, the champion: artifacts in a folder, or passed on by a server."""
    settings = settings_for(tmp_path).model_copy(update={"model_retention": DAYS})
    if folder != tmp_path:
        shutil.copytree(folder / "local", settings.local_dir)
        yield settings
        return
    server = MortalRegistry(tmp_path)
    try:
        settings = settings.model_copy(update={"mlflow_tracking_uri": server.url})
        with_champion(settings)
        yield settings
    finally:
        server.stop()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("folder", ["files", "server"], indirect=True)
def test_the_bytes_of_an_old_version_are_freed_and_those_of_others_stay(
    settings: Settings, engine: Engine, folder: Path, tmp_path: Path
) -> None:
    before = files(folder)
    number = register_small(settings)
    run_id = str(client(settings).get_model_version(settings.model_name, number).run_id)
    assert {path.name for path in files(folder) - before} >= {"note.txt", "MLmodel", "model.skops"}

    assert delete_old(settings, engine, later()) == [number]

    assert files(folder) == before
    assert registered(settings) == ["1"]
    assert download_version(settings, "1", tmp_path / "downloaded").exists()
    assert client(settings).get_run(run_id).data.metrics == {"test_score": 0.5}


def test_only_what_was_never_champion_and_is_no_challenger_goes(settings: Settings, engine: Engine) -> None:
    plain, past, unrecorded, challenger, aliased, released = (register_again(settings) for _ in range(6))
    for number in (past, "1"):
        move_alias(settings, engine, number, "by a test", promoted_by=BY_HAND)
    tag_version(settings, unrecorded, {PROMOTED_AT: "2026-01-01T00:00:00+00:00"})
    tag_version(settings, challenger, {CHALLENGER: "true"})
    tag_version(settings, released, {CHALLENGER: "false"})
    client(settings).set_registered_model_alias(settings.model_name, "candidate", aliased)

    assert delete_old(settings, engine, later(DAYS - 1)) == []
    assert delete_old(settings, engine, later()) == [released, plain]
    assert registered(settings) == [aliased, challenger, unrecorded, past, "1"]
    assert delete_old(settings, engine, later()) == []


def test_a_champion_that_mlflow_alone_knew_of_is_found_before_anything_goes(settings: Settings, engine: Engine) -> None:
    number = register_again(settings)
    client(settings).set_registered_model_alias(settings.model_name, settings.model_alias, number)
    assert delete_old(settings, engine, later()) == []
    set_champion(settings, "1", "back again")
    assert delete_old(settings, engine, later()) == []
    assert registered(settings) == [number, "1"]


def test_versions_from_before_the_trail_stay(settings: Settings, engine: Engine) -> None:
    register_again(settings)
    with engine.begin() as connection:
        connection.execute(update(promotions).values(promoted_at=later(1).replace(tzinfo=None)))
    assert delete_old(settings, engine, later()) == []


def test_files_that_another_version_has_too_stay(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    original = register_small(settings)
    client(settings).create_registered_model("copies")
    register_again(settings, original, name="copies")
    assert delete_old(settings, engine, later()) == [original]
    copies = settings.model_copy(update={"model_name": "copies"})
    assert (download_version(copies, "1", tmp_path / "copy") / "MLmodel").exists()


def test_a_run_that_dies_half_way_is_made_up_for(
    settings: Settings, engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(folder)
    number = register_small(settings)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(retention, "_delete_run_files", killed)
        with pytest.raises(KeyboardInterrupt):
            delete_old(settings, engine, later())
    assert registered(settings) == [number, "1"]
    assert delete_old(settings, engine, later()) == [number]
    assert files(folder) == before


def test_a_training_that_runs_meanwhile_goes_on(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    old = register_small(settings)
    with mlflow.start_run() as run:
        mlflow.log_text("before", "before.txt")
        assert delete_old(settings, engine, later()) == [old]
        mlflow.log_text("after", "after.txt")
    listed = client(settings).list_artifacts(run.info.run_id)
    assert sorted(file.path for file in listed) == ["after.txt", "before.txt"]
    new = register_small(settings)
    assert (download_version(settings, new, tmp_path / "new") / "MLmodel").exists()


def test_the_program_deletes_where_the_setting_says_so(
    settings: Settings, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    register_again(settings)
    assert promote.main(["--delete-old"], settings.model_copy(update={"model_retention": 0})) == promote.NOT_PROMOTED
    assert "MODEL_RETENTION is 0" in capsys.readouterr().err
    assert promote.main(["--delete-old"], settings) == promote.DONE
    assert capsys.readouterr().out == "deleted of quantity: nothing\n"
    assert registered(settings) == ["2", "1"]
