"""The champion is found, downloaded and loaded; a file that is no model of ours is refused and never run."""

from __future__ import annotations

import datetime as dt
import pickle
import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import skops.io
from mlflow.exceptions import MlflowException
from mlflow.models import Model
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression

from quantity.model.packs import PackQuantities
from quantity.model_files import MODEL_FILE, ModelLoadError, load_model
from quantity.registry import client, describe_version, download_version, version_number
from tests.support.models.trained_model import Trained, copy_of, trained

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from quantity.settings import Settings

RAN: list[str] = []
"""What a malicious file did."""


class Malicious(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator whose loading runs code."""

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return RAN.append, ("reduced",)

    def __getstate__(self) -> dict[str, Any]:
        return {"a": 1}

    def __setstate__(self, _state: dict[str, Any]) -> None:
        RAN.append("set")


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A champion; not to be changed."""
    return trained(tmp_path_factory)


@pytest.fixture(scope="module")
def downloaded(first: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The champion's files; not to be changed."""
    return download_version(first.settings, "1", tmp_path_factory.mktemp("model"))


@pytest.fixture
def files(downloaded: Path, tmp_path: Path) -> Path:
    """The champion's files, to be spoilt."""
    shutil.copytree(downloaded, tmp_path / "files")
    return tmp_path / "files"


def test_without_a_model_there_is_no_version(first: Trained, tmp_path: Path) -> None:
    settings = copy_of(first, tmp_path)
    assert version_number(settings) == "1"
    assert version_number(settings.model_copy(update={"model_name": "another"})) is None


def test_without_the_alias_there_is_no_version(first: Trained, tmp_path: Path) -> None:
    settings = copy_of(first, tmp_path)
    client(settings).delete_registered_model_alias(settings.model_name, settings.model_alias)
    assert version_number(settings) is None


def test_in_a_new_store_there_is_no_version(settings: Settings) -> None:
    assert version_number(settings) is None


def test_a_server_that_cannot_be_asked_is_an_error(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """None would say that there is no champion."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(MlflowException, match=r"127\.0\.0\.1.*refused"):
        version_number(settings.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:9"}))


def test_a_version_is_described_by_its_run(first: Trained) -> None:
    described = describe_version(first.settings, "1")
    assert (described.name, described.version) == ("quantity", "1")
    age = dt.datetime.now(dt.UTC) - described.trained_at
    assert dt.timedelta() < age < dt.timedelta(hours=1)
    assert 0 < described.metrics["test_score"] < 1
    run = client(first.settings).get_run(described.run_id)
    assert described.metrics == run.data.metrics


def test_what_is_not_there_is_an_error(first: Trained, tmp_path: Path) -> None:
    with pytest.raises(MlflowException, match=r"version=99.* not found"):
        describe_version(first.settings, "99")
    with pytest.raises(MlflowException, match=r"version=99.* not found"):
        download_version(first.settings, "99", tmp_path)


def test_a_downloaded_model_answers(downloaded: Path) -> None:
    example = Model.load(str(downloaded)).load_input_example(str(downloaded))
    assert isinstance(example, pd.DataFrame)
    answers = load_model(downloaded).answer(example)
    assert len(answers.quantity) == len(example)
    assert (answers.low <= answers.quantity).all()


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


SPOILT: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "half of it": half,
    "other bytes": lambda path: path.write_bytes(b"no model" * 100),
    "pickle": lambda path: path.write_bytes(pickle.dumps(Malicious())),
    "a type of the file's": lambda path: skops.io.dump(Malicious(), path),
    "a function of the file's": lambda path: skops.io.dump({"f": RAN.append}, path),
    "another estimator": lambda path: skops.io.dump(LinearRegression(), path),
    "a part of the model": lambda path: skops.io.dump(PackQuantities(0.5), path),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_file_that_is_no_model_is_refused_and_not_run(files: Path, kind: str) -> None:
    SPOILT[kind](files / MODEL_FILE)
    RAN.clear()
    with pytest.raises(ModelLoadError, match=MODEL_FILE):
        load_model(files)
    assert RAN == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("cnt_store_l30d", "cnt_store_l60d"), ('"name": "checkout_dow"', '"name": "weekday"')],
)
def test_a_model_of_other_features_is_refused(files: Path, old: str, new: str) -> None:
    """It reads columns by position: it would answer, and wrongly."""
    description = files / "MLmodel"
    assert old in description.read_text()
    description.write_text(description.read_text().replace(old, new))
    with pytest.raises(ModelLoadError, match="another list of features"):
        load_model(files)


@pytest.mark.parametrize("change", ["other formula", "no record"])
def test_a_model_of_other_formulas_is_refused(files: Path, change: str) -> None:
    """The inputs are the same; what is made of them is not."""
    model = load_model(files)
    model.row_ = [*model.row_[:-1], "Shrunk(…)"]
    if change == "no record":
        del model.row_
    skops.io.dump(model, files / MODEL_FILE)
    with pytest.raises(ModelLoadError, match="another list of features"):
        load_model(files)


def test_a_model_that_does_not_say_what_it_reads_is_refused(files: Path) -> None:
    (files / "MLmodel").unlink()
    with pytest.raises(ModelLoadError, match="MLmodel"):
        load_model(files)
