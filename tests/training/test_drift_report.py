"""The drift report as a program: what it prints and writes, and how it ends."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from itertools import product as every_combination
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import select, text

from quantity.db.engine import connect
from quantity.db.monitoring_tables import feature_drift, prediction_skew
from quantity.registry import aliased_version, client
from tests.support.models.trained_model import ROWS, copy_of, publish_generated, trained
from tests.support.outcomes.kernel_answers import features_as_of, kernel_answers
from tests.support.outcomes.random_log import write_log
from tests.support.settings import settings_for
from training import drift_report
from training.drift.models import load_versions
from training.publish.current_tables import ensure_current_tables
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import URL, Engine, Table

    from quantity.settings import Settings

WEEK_BEFORE = dt.date(2024, 12, 23)
"""A week before the as-of date of the published snapshot."""


def with_all_pairs(settings: Settings) -> Settings:
    """All logged pairs are computed again."""
    return settings.model_copy(update={"skew_share": 1.0})


@pytest.fixture
def embedded(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return with_all_pairs(copy_of(trained(tmp_path_factory), tmp_path))


@pytest.fixture
def either(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, database_url: URL) -> Settings:
    """The champion's snapshot in a database of either kind."""
    settings = copy_of(trained(tmp_path_factory), tmp_path, database_url)
    if settings.mysql_host is not None:
        publish_generated(settings)
    return with_all_pairs(settings)


@contextmanager
def tables_of(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def rows_of(settings: Settings, table: Table) -> list[dict[str, Any]]:
    """All rows, but for when they were written."""
    with tables_of(settings) as engine, engine.connect() as connection:
        found = connection.execute(select(*(column for column in table.c if column.name != "compared_at")))
        return sorted((dict(row) for row in found.mappings()), key=repr)


def log_answers(settings: Settings, *, falsified: int = 0) -> int:
    """Log what the champion's service answers a week before the as-of date; the number of answers."""
    champion = aliased_version(settings)
    assert champion is not None
    model = load_versions(settings, [champion.number]).loaded[champion.number]
    features = features_as_of(synthetic_tables(ROWS), WEEK_BEFORE)
    stores, products = (features.latest[name][f"{name}_id"].to_numpy() for name in ("store", "product"))
    store_id, product_id = np.array(list(every_combination(stores[:15], products[:20]))).T
    dates = [WEEK_BEFORE + dt.timedelta(days=days) for days in (0, 6, 30)]
    answers = kernel_answers(model, features, store_id, product_id, dates)
    for values in answers[:falsified]:
        values["high"] += 100
    with tables_of(settings) as engine:
        ensure_current_tables(engine)
        write_log(engine, [values | {"model_version": champion.number} for values in answers])
    return len(answers)


def run(settings: Settings, capsys: pytest.CaptureFixture[str], arguments: Sequence[str] = ()) -> tuple[int, str, str]:
    code = drift_report.main(arguments, settings)
    captured = capsys.readouterr()
    return code, " ".join(captured.out.split()), captured.err


def test_nothing_drifts_from_the_snapshot_trained_on_and_real_answers_are_no_skew(
    either: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = log_answers(either)
    code, out, err = run(either, capsys)
    assert (code, err) == (drift_report.DONE, "")
    drift = rows_of(either, feature_drift)
    assert {row["stability_index"] for row in drift if row["population"] == "latest"} == {0.0}
    assert {row["pairs"] for row in drift if row["population"] == "asked"} == {answers}
    skew = rows_of(either, prediction_skew)
    assert [row["day"] for row in skew] == [WEEK_BEFORE, WEEK_BEFORE + dt.timedelta(days=6)]
    assert [row["compared"] for row in skew] == [answers // 3] * 2
    assert [row["differing"] for row in skew] == [0, 0]
    horizon = [row["horizon"] for row in skew]
    assert horizon[0] == 0 < horizon[1]
    assert f"{sum(horizon)} other by the horizon alone, 0 differing" in out

    assert run(either, capsys)[0] == drift_report.DONE
    assert rows_of(either, feature_drift) == drift, "not idempotent"
    assert rows_of(either, prediction_skew) == skew, "not idempotent"


def test_the_feature_that_changed_is_printed_first(embedded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    with tables_of(embedded) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE latest_product SET qty_q75_product = qty_q75_product * 10"))
    code, out, _ = run(embedded, capsys)
    assert code == drift_report.DONE
    (_, table) = out.split("in training ", maxsplit=1)
    assert table.startswith(("qty_q75_product", "qty_q75_product_to_base"))
    drifted = {row["feature"] for row in rows_of(embedded, feature_drift) if row["stability_index"] > 0}
    assert drifted == {"qty_q75_product", "qty_q75_product_to_base"}


def test_falsified_answers_are_counted(embedded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    log_answers(embedded, falsified=7)
    code, out, _ = run(embedded, capsys)
    assert code == drift_report.DONE
    assert " 7 differing" in out
    assert sum(row["differing"] for row in rows_of(embedded, prediction_skew)) == 7


def test_of_no_pairs_no_answers_are_computed_again(embedded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    log_answers(embedded)
    code, out, _ = run(embedded.model_copy(update={"skew_share": 0.0}), capsys)
    assert code == drift_report.DONE
    assert "skew: no answers to compare" in out
    assert rows_of(embedded, prediction_skew) == []


def test_without_a_log_the_latest_state_is_compared_alone(
    embedded: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(embedded, capsys)
    assert (code, err) == (drift_report.DONE, "")
    assert "what is asked (asked): 0 pairs: not judged, fewer than 500" in out
    assert "skew: no answers to compare" in out
    assert {row["population"] for row in rows_of(embedded, feature_drift)} == {"latest"}


def test_a_champion_without_a_reference_is_told_and_its_answers_are_compared(
    embedded: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = log_answers(embedded)
    champion, registry = aliased_version(embedded), client(embedded)
    assert champion is not None
    bare = registry.create_run(registry.get_run(champion.run_id).info.experiment_id)
    source = registry.get_model_version(embedded.model_name, champion.number).source
    copied = registry.create_model_version(embedded.model_name, str(source), bare.info.run_id)
    registry.set_registered_model_alias(embedded.model_name, embedded.model_alias, copied.version)
    code, out, _ = run(embedded, capsys)
    assert code == drift_report.DONE
    assert f"drift: not compared: version {copied.version}: it has no reference" in out
    assert rows_of(embedded, feature_drift) == []
    assert sum(row["same"] + row["horizon"] for row in rows_of(embedded, prediction_skew)) == 2 * answers // 3


def test_answers_of_a_version_that_is_gone_are_told(embedded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    log_answers(embedded)
    with tables_of(embedded) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE predictions SET model_version = '99' WHERE line = 0"))
    code, out, _ = run(embedded, capsys)
    assert code == drift_report.DONE
    assert "skew: the answers of version 99 are not compared: it is gone from the registry" in out
    assert {row["model_version"] for row in rows_of(embedded, prediction_skew)} == {"1"}


def test_before_there_is_a_champion_nothing_is_compared_and_nothing_is_wrong(
    embedded: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    client(embedded).delete_registered_model_alias(embedded.model_name, embedded.model_alias)
    said = "no version of quantity is champion: nothing to compare with yet"
    assert run(embedded, capsys) == (drift_report.DONE, said, "")
    assert rows_of(embedded, feature_drift) == []


def test_without_a_snapshot_there_is_nothing_to_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(settings_for(tmp_path / "empty"), capsys)[::2] == (
        drift_report.NOTHING_TO_COMPARE,
        "drift_report: no features are published yet: run preprocess.py first\n",
    )


def test_a_tracking_server_that_is_down_is_told(embedded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    down = embedded.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:1"})
    code, _, err = run(down, capsys)
    assert code == drift_report.SERVER_FAILED
    assert err.startswith("drift_report: MLflow http://127.0.0.1:1: ")


def test_its_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        drift_report.main(["--help"])
    assert ended.value.code == 0
    assert (
        "exit codes: 0 done, or there is no champion yet, 1 database or MLflow failed, 2 nothing is published"
        in " ".join(capsys.readouterr().out.split())
    )
