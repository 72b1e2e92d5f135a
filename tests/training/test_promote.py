"""The program `promote.py`: the alias moves to the version that is named, if a service can load it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlparse

import mlflow
import pytest

from quantity.model_files import MODEL_FILE
from quantity.registry import PROMOTION, client, set_champion, version_number, version_numbers
from tests.support.models.trained_model import Trained, copy_of, trained
from training import promote

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Version 1, the champion; not to be changed."""
    return trained(tmp_path_factory)


@pytest.fixture
def registered(first: Trained, tmp_path: Path) -> Settings:
    """Version 1, the champion, and version 2, the same files again."""
    settings = copy_of(first, tmp_path)
    register_again(settings)
    return settings


def register_again(settings: Settings, source: str | None = None, name: str | None = None) -> str:
    """Register version 1's files, or others, once more; the result is the version's number."""
    one = client(settings).get_model_version(settings.model_name, "1")
    files = source or str(one.source)
    return str(client(settings).create_model_version(name or settings.model_name, files, one.run_id).version)


def without_champion(settings: Settings) -> None:
    client(settings).delete_registered_model_alias(settings.model_name, settings.model_alias)


def test_a_version_is_promoted_and_an_earlier_one_again(
    registered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote.main(["2"], registered) == promote.DONE
    assert version_number(registered) == "2"
    assert promote.main(["1"], registered) == promote.DONE
    assert version_number(registered) == "1"
    assert capsys.readouterr().out.splitlines() == [
        "version 2 of quantity is now champion, in place of version 1",
        "version 1 of quantity is now champion, in place of version 2",
    ]
    tags = client(registered).get_model_version(registered.model_name, "2").tags
    assert tags[PROMOTION].startswith("promoted by hand on ")


def test_without_a_champion_a_version_becomes_it(registered: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    without_champion(registered)
    assert promote.main([], registered) == promote.DONE
    assert "no version is champion: `python -m training.promote 2`" in capsys.readouterr().out
    assert promote.main(["2"], registered) == promote.DONE
    assert version_number(registered) == "2"


def test_all_versions_are_listed_newest_first(registered: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert promote.main([], registered) == promote.DONE
    newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.split()[0] == "2"
    assert "champion" not in newest
    assert newest.endswith("nothing was decided: its training ended early")
    assert oldest.split()[0] == "1"
    assert "  champion  score 0." in oldest


def test_the_champion_stays_champion(registered: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert promote.main(["1"], registered) == promote.DONE
    assert "is champion already" in capsys.readouterr().out


def test_a_version_that_is_not_there_is_told_with_those_that_are(
    registered: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promote.main(["9"], registered) == promote.NOT_PROMOTED
    assert capsys.readouterr().err == "promote: quantity has no version 9: there are 2, 1\n"


def test_a_version_that_no_service_could_load_is_refused(
    registered: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = client(registered).get_model_version_download_uri(registered.model_name, "1")
    good, damaged = urlparse(mlflow.artifacts.download_artifacts(source)).path, tmp_path / "damaged"
    mlflow.artifacts.download_artifacts(good, dst_path=str(damaged))
    (file,) = damaged.rglob(MODEL_FILE)
    file.write_bytes(file.read_bytes()[:100])
    version = register_again(registered, file.parent.as_uri())
    assert promote.main([version], registered) == promote.NOT_PROMOTED
    assert f"version {version} of quantity cannot be served: {MODEL_FILE}" in capsys.readouterr().err
    assert version_number(registered) == "1"


def test_without_versions_training_is_told(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["1"]):
        assert promote.main(arguments, settings) == promote.NOT_PROMOTED
        assert "`python -m training.train` makes one" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["0", "-1", "v1", "champion"])
def test_what_is_no_number_is_refused(wrong: str, settings: Settings) -> None:
    with pytest.raises(SystemExit) as stopped:
        promote.main([wrong], settings)
    assert stopped.value.code == promote.NOT_PROMOTED


def test_a_server_that_cannot_be_reached_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    dead = settings.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:9"})
    assert promote.main(["1"], dead) == promote.REGISTRY_FAILED
    assert "MLflow http://127.0.0.1:9" in capsys.readouterr().err


def test_versions_are_counted_newest_first_by_number(registered: Settings) -> None:
    for _ in range(9):
        register_again(registered)
    assert version_numbers(registered) == [str(number) for number in range(11, 0, -1)]


def test_a_models_name_may_have_an_apostrophe(registered: Settings) -> None:
    settings = registered.model_copy(update={"model_name": "o'brien"})
    assert version_numbers(settings) == []
    client(settings).create_registered_model("o'brien")
    register_again(registered, name="o'brien")
    assert version_numbers(settings) == ["1"]
    set_champion(settings, "1", "by a test")
    assert version_number(settings) == "1"
