"""The program `train.py`, from published features to the champion in the registry."""

from __future__ import annotations

import math
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import Model
from pydantic import SecretStr

from quantity.db.engine import connect
from quantity.features.definitions import INPUTS
from quantity.model.baselines import BASELINES
from quantity.model.estimator import QuantityModel
from quantity.model.metrics import evaluate
from quantity.model_files import MODEL_FILE, load_model
from quantity.registry import client, download_version, version_number, version_numbers
from tests.support.models.trained_model import ARGUMENTS, ROWS, Trained, copy_of, publish_generated, run_train, trained
from tests.support.settings import settings_for
from training import train
from training.drift.reference import REFERENCE_FILE
from training.fit.dataset import read_dataset
from training.fit.rolling import roll
from training.publish import room

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient
    from sqlalchemy import URL

    from quantity.settings import Settings
    from training.fit.dataset import Dataset

PLOTS = [
    "plots/coverage_by_size_and_week.png",
    "plots/error_by_history_and_size.png",
    "plots/importance.png",
    "plots/level_between_median_and_upper.png",
    "plots/ordered_and_predicted.png",
    "plots/score_beside_baselines.png",
    "plots/score_by_window.png",
    "plots/totals_by_date.png",
    "plots/worst_products_and_stores.png",
]
METRICS = {"score", "wape", "bias", "mae", "rmse", "hit_rate", "poisson_deviance"}


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The first training there is; not to be changed."""
    return trained(tmp_path_factory)


@pytest.fixture
def again(first: Trained, tmp_path: Path) -> Settings:
    """The same tables and registry, to train once more."""
    return copy_of(first, tmp_path)


def registry_of(settings: Settings) -> MlflowClient:
    return client(settings)


def run_of(settings: Settings, version: str) -> Run:
    registry = registry_of(settings)
    return registry.get_run(str(registry.get_model_version(settings.model_name, version).run_id))


def tag_of(settings: Settings, version: str) -> str:
    tags = registry_of(settings).get_model_version(settings.model_name, version).tags
    return str(tags["promotion"])


def dataset_of(settings: Settings) -> Dataset:
    engine = connect(settings.database_url)
    try:
        return read_dataset(engine)
    finally:
        engine.dispose()


def folder_of(settings: Settings, version: str) -> Path:
    """Where the files of a version are."""
    source = registry_of(settings).get_model_version_download_uri(settings.model_name, version)
    return Path(urlparse(mlflow.artifacts.download_artifacts(source)).path)


# --- the first training ------------------------------------------------------------------------------------


def test_the_first_model_that_beats_the_baselines_is_champion(first: Trained) -> None:
    assert first.result.code == train.DONE
    assert version_number(first.settings) == "1"
    assert "version 1 of quantity is now champion: score 0." in first.result.out
    for name in BASELINES:
        assert f"{name} (0." in tag_of(first.settings, "1")


def test_the_printed_tables_have_the_model_beside_the_baselines_and_by_kind(first: Trained) -> None:
    rows = ("this model", "its typical number", *BASELINES, "none history", "thin history", "rich history")
    for row in (*rows, "without giants", "7 days later", "28 days later"):
        assert f"{row} 0." in first.result.out
    assert f"{ROWS:,} orders before 2024-12-30" in first.result.out
    assert "2024-09-09 to test on, in 4 windows" in first.result.out


def test_the_run_has_the_parameters_and_where_the_windows_begin(first: Trained) -> None:
    parameters = run_of(first.settings, "1").data.params
    data = dataset_of(first.settings)
    expected = {
        "max_iter": ARGUMENTS[1],
        "coverage": "0.8",
        "snapshot_id": "1",
        "as_of_date": "2024-12-30",
        "trained_until": "2024-12-30",
        "calibration_from": "2024-08-12",
        "test_from": "2024-09-09",
        "test_windows": "4",
        "rows": str(ROWS),
        "rows_published": str(ROWS),
        "rows_share": "1.0",
        "rows_tested": str(len(data.y[data.tested])),
    }
    assert expected.items() <= parameters.items()
    assert {"rule_rise", "upper_level", "pack_share"} <= parameters.keys()


def test_the_run_says_which_program_made_it(first: Trained) -> None:
    assert run_of(first.settings, "1").data.tags["mlflow.source.name"] == "training/train.py"


def test_the_run_has_the_metrics_of_the_model_and_of_the_baselines(first: Trained) -> None:
    metrics = run_of(first.settings, "1").data.metrics
    ranged = METRICS | {"coverage", "range_width"}
    groups = dict.fromkeys(("test", "test_without_giants", "test_7_days_later", "test_28_days_later"), ranged)
    groups |= {f"test_history_{length}": ranged for length in ("none", "thin", "rich")}
    counted = ranged | {"orders", "cases"}
    groups |= {f"window_2024-{start}": counted for start in ("09-09", "10-07", "11-04", "12-02")}
    groups |= {f"baseline_{name.replace(' ', '_')}": METRICS for name in BASELINES} | {"typical": METRICS}
    expected = {f"{group}_{name}" for group, names in groups.items() for name in names} | {"test_score_spread"}
    by_size = {name for name in metrics if name.startswith("test_size_")}
    assert set(metrics) - by_size == expected
    assert len(by_size) >= 3 * len(ranged)
    assert all(math.isfinite(value) for value in metrics.values())


def test_the_run_has_plots_a_reference_for_drift_and_the_digest_of_its_data(first: Trained) -> None:
    run = run_of(first.settings, "1")
    assert REFERENCE_FILE in [file.path for file in registry_of(first.settings).list_artifacts(run.info.run_id)]
    listed = registry_of(first.settings).list_artifacts(run.info.run_id, "plots")
    assert sorted(file.path for file in listed) == PLOTS
    assert all((file.file_size or 0) > 1000 for file in listed)
    assert run.inputs is not None
    (used,) = run.inputs.dataset_inputs
    assert used.dataset.digest == dataset_of(first.settings).digest


def test_the_model_has_a_signature_and_an_example_that_it_can_answer(first: Trained) -> None:
    folder = folder_of(first.settings, "1")
    described = Model.load(str(folder))
    assert described.signature is not None
    assert tuple(described.signature.inputs.input_names()) == INPUTS
    example = described.load_input_example(str(folder))
    assert isinstance(example, pd.DataFrame)
    assert (load_model(folder).predict(example) >= 1).all()


def test_the_registered_model_was_fitted_to_the_newest_day(first: Trained, tmp_path: Path) -> None:
    model = load_model(download_version(first.settings, "1", tmp_path))
    data = dataset_of(first.settings)
    rolled = roll(QuantityModel(max_iter=int(ARGUMENTS[1])), data)
    assert np.array_equal(model.predict(data.X[data.tested]), rolled.model.predict(data.X[data.tested]))
    scores = [evaluate(data.y[w.rows], w.answers.quantity).score for w in rolled.windows]
    assert run_of(first.settings, "1").data.metrics["test_score"] == pytest.approx(np.mean(scores), rel=1e-12)


# --- the ones after it -------------------------------------------------------------------------------------


def test_an_equal_model_is_registered_and_not_promoted(again: Settings) -> None:
    result = run_train(again)
    assert result.code == train.DONE
    assert version_number(again) == "1"
    reason = tag_of(again, "2")
    assert "does not beat the champion" in reason
    assert "champion version 1" in reason
    assert f"version 2 of quantity is registered, not champion: {reason}" in result.out


def test_of_many_orders_a_sample_is_read_and_said_to_be(again: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_memory", lambda: (0, 10**6))
    result = run_train(again.model_copy(update={"training_rows": 5_000}), "--promote", "never")
    assert result.code == train.DONE
    parameters = run_of(again, version_numbers(again)[0]).data.params
    assert 4_500 < int(parameters["rows"]) < 5_500
    assert (parameters["rows_published"], parameters["trained_until"]) == (str(ROWS), "2024-12-30")
    assert 0.1 < float(parameters["rows_share"]) < 0.25
    assert f"{ROWS:,} orders before 2024-12-30, {int(parameters['rows']):,} of them read (TRAINING_ROWS)" in result.out
    assert "7 days later 0." in result.out
    assert "warning: memory is short" in result.out


@pytest.mark.parametrize(("policy", "champion"), [("always", "2"), ("never", "1")])
def test_promotion_can_be_decided_by_hand(again: Settings, policy: str, champion: str) -> None:
    assert run_train(again, "--promote", policy).code == train.DONE
    assert version_number(again) == champion
    assert tag_of(again, "2") == f"--promote {policy}"


def test_a_champion_that_cannot_be_loaded_does_not_block_its_successor(
    again: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registry = registry_of(again)
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in folder_of(again, "1").iterdir():
        content = file.read_bytes()
        (damaged / file.name).write_bytes(content[:100] if file.name == MODEL_FILE else content)
    run_id = registry.get_model_version(again.model_name, "1").run_id
    version = registry.create_model_version(again.model_name, damaged.as_uri(), run_id).version
    registry.set_registered_model_alias(again.model_name, again.model_alias, version)
    result = run_train(again)
    assert result.code == train.DONE
    assert version_number(again) == "3"
    assert "champion version 2 cannot be loaded: ModelLoadError" in tag_of(again, "3")
    assert "champion version 2 cannot be loaded" in caplog.text


def test_a_champion_whose_run_is_gone_does_not_block_its_successor(again: Settings) -> None:
    run_id = str(registry_of(again).get_model_version(again.model_name, "1").run_id)
    with closing(sqlite3.connect(again.local_dir / "mlflow.db")) as store, store:
        for table in ("metrics", "latest_metrics", "params", "tags", "runs"):
            store.execute(f"DELETE FROM {table} WHERE run_uuid = ?", (run_id,))
    assert run_train(again).code == train.DONE
    assert version_number(again) == "2"
    assert "champion version 1 cannot be loaded: its run is gone" in tag_of(again, "2")


def test_a_run_that_ended_before_it_promoted_leaves_the_next_one_to(
    again: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry_of(again).delete_registered_model_alias(again.model_name, again.model_alias)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("training.promotion.deciding.tag_decision", killed)
        with pytest.raises(KeyboardInterrupt):
            run_train(again)
    assert version_number(again) is None
    assert run_train(again).code == train.DONE
    assert version_number(again) == "3"
    assert "no version was champion" in tag_of(again, "3")


def test_without_a_champion_the_last_line_says_how_to_promote(again: Settings) -> None:
    registry_of(again).delete_registered_model_alias(again.model_name, again.model_alias)
    result = run_train(again, "--promote", "never")
    assert version_number(again) is None
    assert "version 2 of quantity is registered, not champion: --promote never. No version is champion" in result.out
    assert "`python -m training.promote 2`, or with containers `docker compose run" in result.out


def test_a_picture_that_cannot_be_drawn_keeps_no_model_back(
    again: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("no picture")

    monkeypatch.setattr("training.fit.tracking.plots", fails)
    assert run_train(again, "--promote", "always").code == train.DONE
    assert version_number(again) == "2"
    assert "plots left out: ValueError: no picture" in caplog.text


def test_features_on_mysql_give_the_same_model(first: Trained, mysql_url: URL, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, mysql_url)
    publish_generated(settings)
    assert run_train(settings).code == train.DONE
    assert version_number(settings) == "1"
    assert dataset_of(settings).digest == dataset_of(first.settings).digest
    ours, theirs = run_of(settings, "1").data, run_of(first.settings, "1").data
    assert ours.metrics == theirs.metrics
    assert ours.params == theirs.params


# --- by which evidence, and what is let go -----------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(first: Trained, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Version 3, trained beside a champion that says it has not seen the last window; version 2 was of no use."""
    settings = copy_of(first, tmp_path_factory.mktemp("judged")).model_copy(update={"model_retention": 30})
    one = registry_of(settings).get_model_version(settings.model_name, "1")
    registry_of(settings).create_model_version(settings.model_name, str(one.source), one.run_id)
    with closing(sqlite3.connect(settings.local_dir / "mlflow.db")) as store, store:
        store.execute("UPDATE params SET value = '2024-12-02' WHERE key = 'trained_until'")
        store.execute("UPDATE model_versions SET creation_time = creation_time - 31 * 86400000 WHERE version = 2")
    with closing(sqlite3.connect(settings.local_dir / "mlops.db")) as tables, tables:
        tables.execute("UPDATE promotions SET promoted_at = '2020-01-01 00:00:00.000000'")
    result = run_train(settings)
    assert result.code == train.DONE
    assert "deleted, never champion in 30 days: 2" in result.out
    return settings


def test_a_version_says_by_which_evidence_it_was_judged(judged: Settings) -> None:
    tags = registry_of(judged).get_model_version(judged.model_name, "3").tags
    assert "orders that it has not seen: worse by 0." in tags["promotion"]
    assert f"(90% interval {tags['promotion_interval']})" in tags["promotion"]
    low, high = (float(end) for end in tags["promotion_interval"].split(" to "))
    assert low < float(tags["promotion_improvement"]) < min(high, 0)
    assert tags["promotion_level"] == "0.9"


def test_an_old_version_that_was_never_champion_is_deleted_by_the_next_training(judged: Settings) -> None:
    assert version_numbers(judged) == ["3", "1"]
    assert version_number(judged) == "1"
    assert folder_of(judged, "1").exists()


# --- what stops it -----------------------------------------------------------------------------------------


@pytest.fixture
def untrained(first: Trained, tmp_path: Path) -> Settings:
    """A registry, and no tables."""
    settings = copy_of(first, tmp_path)
    Path(str(settings.database_url.database)).unlink()
    return settings


def test_without_features_it_is_told_to_preprocess(untrained: Settings) -> None:
    result = run_train(untrained)
    assert result.code == train.NOTHING_TO_TRAIN_ON
    assert result.err == "train: no features are published yet: run preprocess.py first\n"


def test_a_database_that_cannot_be_reached_is_told_without_the_password(again: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    closed = {"mysql_host": "127.0.0.1", "mysql_port": port, "mysql_password": SecretStr("hush/hush@8")}
    result = run_train(again.model_copy(update=closed))
    assert result.code == train.SERVER_FAILED
    assert "Connection refused" in result.err
    assert "hush" not in result.out + result.err


def test_an_mlflow_server_that_cannot_be_reached_is_told(again: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = run_train(again.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:9"}))
    assert result.code == train.SERVER_FAILED
    assert "MLflow http://127.0.0.1:9" in result.err


def test_help_tells_a_newcomer_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        train.main(["--help"])
    assert stopped.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for told in ("--windows", "--promote", "auto,always,never", "--trees", "exit codes", "MLFLOW_TRACKING_URI"):
        assert told in text


def test_the_number_of_trees_is_that_of_the_model_unless_given() -> None:
    assert train._parser("train.py").parse_args([]).trees == QuantityModel().max_iter
