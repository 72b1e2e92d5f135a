"""The printed table and the logged metrics are of the same numbers."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from quantity.model.baselines import BASELINES
from quantity.model.estimator import Answers
from quantity.model.metrics import evaluate
from training.dataset import Part
from training.evaluation import Evaluation, comparison_table, evaluate_model, metrics_to_log
from training.plots import plots

Y = np.array([1.0, 2.0, 4.0, 8.0])


class Fixed:
    """A model that answers 2 to everything, in the range 1 to 4."""

    def answer(self, X: pd.DataFrame) -> Answers:
        return Answers(*(np.full(len(X), value) for value in (2, 1, 4)))


@pytest.fixture
def test_window() -> Part:
    names = {name for columns in BASELINES.values() for name in columns}
    X = pd.DataFrame({name: [3.0] * 4 for name in names} | {"cnt_store_product": [0.0, 1.0, 4.0, 4.0]})
    return Part(X, Y, np.array(["2024-01-01", "2024-01-01", "2024-01-02", "2024-01-03"], dtype="datetime64[D]"))


@pytest.fixture
def evaluation(test_window: Part) -> Evaluation:
    return evaluate_model(Fixed(), test_window)  # type: ignore[arg-type]  # all that is asked of it


def test_the_model_and_the_baselines_are_measured_on_the_same_orders(evaluation: Evaluation) -> None:
    assert evaluation.model.wape == pytest.approx((1 + 0 + 2 + 6) / 15)
    assert evaluation.model.coverage == pytest.approx(3 / 4)
    assert {name: metrics.wape for name, metrics in evaluation.baselines.items()} == {
        name: pytest.approx((2 + 1 + 1 + 5) / 15) for name in BASELINES
    }
    assert {name: metrics.mae for name, metrics in evaluation.by_history.items()} == {
        "none": 1.0,
        "thin": pytest.approx(8 / 3),
    }, "nobody has a rich history here"


def test_everything_measured_is_logged_by_name(evaluation: Evaluation) -> None:
    logged = metrics_to_log(evaluation)
    assert logged["test_wape"] == evaluation.model.wape
    assert logged["test_history_thin_mae"] == evaluation.by_history["thin"].mae
    assert logged["baseline_last_order_bias"] == evaluation.baselines["last order"].bias
    assert "baseline_last_order_coverage" not in logged, "a baseline has no range"


@pytest.mark.parametrize("has_champion", [True, False])
def test_the_table_fits_a_terminal(evaluation: Evaluation, has_champion: bool) -> None:  # noqa: FBT001 - a row
    console = Console(file=io.StringIO(), width=80)
    console.print(comparison_table(evaluation, evaluate(Y, Y) if has_champion else None))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert ("current champion" in console.file.getvalue()) == has_champion
    assert len([line for line in lines if line.strip()]) == 1 + 1 + has_champion + len(BASELINES) + 2


def test_plots_are_drawn(evaluation: Evaluation, test_window: Part) -> None:
    for name, figure in plots(evaluation, test_window).items():
        image = io.BytesIO()
        figure.savefig(image)
        assert image.getvalue().startswith(b"\x89PNG"), name
