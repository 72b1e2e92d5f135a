"""Whatever orders there are, a model is trained of them, serves, and answers with whole, finite, ordered numbers."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.db.engine import connect
from quantity.model_files import load_model
from quantity.registry import client, download_version, version_number
from tests.support.models.trained_model import run_train
from tests.support.settings import settings_for
from training import preprocess, train
from training.fit.dataset import read_dataset

if TYPE_CHECKING:
    from quantity.model.decision import Answers
    from quantity.settings import Settings

CASES = Path(__file__).parents[1] / "cases"

TESTED = {
    "two_days": 1,
    "five_days": 2,
    "six_days": 3,
    "ten_days": 4,
    "thirty_days": 3,
    "gap_covid": 4,
    "sparse_3y": 4,
    "sparse_3y_60": 4,
    "one_store": 4,
    "one_product": 4,
    "huge_qty": 4,
    "const_qty": 4,
    "not_promoted": 4,
    "plain": 3,
}
"""Cases, and in how many windows each is tested."""


def published(case: str, folder: Path) -> Settings:
    """Settings with the case's features published."""
    ahead = {"data_dir": CASES / case, "input_future_days": 4000}
    settings = settings_for(folder).model_copy(update=ahead)
    with redirect_stdout(io.StringIO()):
        assert preprocess.main([], settings) == preprocess.DONE
    return settings


def answers(settings: Settings, folder: Path) -> Answers:
    """The champion's answers to all orders there are."""
    engine = connect(settings.database_url)
    try:
        data = read_dataset(engine)
    finally:
        engine.dispose()
    return load_model(download_version(settings, "1", folder)).answer(data.X)


@pytest.mark.parametrize("case", TESTED)
def test_it_trains_and_its_first_version_serves(case: str, tmp_path: Path) -> None:
    settings = published(case, tmp_path)
    result = run_train(settings)
    assert result.code == train.DONE
    assert "version 1 of quantity is now champion: " in result.out
    assert version_number(settings) == "1"
    registry = client(settings)
    version = registry.get_model_version(settings.model_name, "1")
    run = registry.get_run(str(version.run_id))
    assert run.data.params["test_windows"] == str(TESTED[case])
    assert all(np.isfinite(value) for value in run.data.metrics.values())
    assert len(registry.list_artifacts(str(version.run_id), "plots")) > 1
    given = answers(settings, tmp_path / "model")
    assert given.low.min() >= 1
    assert (given.low <= given.quantity).all()
    assert (given.quantity <= given.high).all()


@pytest.mark.parametrize("case", ["one_day", "one_order_only"])
def test_orders_of_one_day_train_a_model_that_says_it_is_not_tested(case: str, tmp_path: Path) -> None:
    settings = published(case, tmp_path)
    result = run_train(settings)
    assert result.code == train.DONE
    assert "Warning: it is not tested: the orders are of 1 day, and a test takes 2" in result.out
    assert version_number(settings) == "1"
    again = run_train(settings)
    assert "version 2 of quantity is registered, not champion: it could not be compared" in again.out
    assert version_number(settings) == "1"


def test_a_quantity_that_never_changes_is_answered(tmp_path: Path) -> None:
    settings = published("const_qty", tmp_path)
    assert run_train(settings).code == train.DONE
    given = answers(settings, tmp_path / "model")
    usual = np.median(given.quantity)
    assert (np.abs(np.log(given.quantity / usual)) < np.log(4)).mean() > 0.99
