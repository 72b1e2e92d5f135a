"""The printed tables and the logged metrics are of the same numbers, each from the orders it says."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from quantity.model.baselines import BASELINES
from quantity.model.decision import Answers
from quantity.model.estimates import Estimates
from quantity.model.metrics import Metrics, evaluate
from tests.support.models.rolled_models import generated_dataset, generated_rolled, small_model
from training.fit.evaluation import Evaluation, evaluate_windows, metrics_to_log
from training.fit.importance import importance
from training.fit.plots import plots
from training.fit.rolling import AnsweredWindow
from training.fit.tables import comparison_table, kinds_table, windows_table

if TYPE_CHECKING:
    from training.fit.dataset import Dataset

Y = np.array([1.0, 2.0, 4.0, 8.0])


def answered_window(data: Dataset, rows: slice, quantity: int) -> AnsweredWindow:
    """A window whose model answers the same to everything, in the range 1 to 4, and 3 as the typical number."""
    n = rows.stop - rows.start
    nothing = np.zeros(n)
    estimates = Estimates(
        low=nothing,
        median=nothing,
        upper=nothing,
        high=nothing,
        history=np.arange(n) % 2,
        product_id=np.ones(n, dtype=np.int64),
        usual=nothing,
        usual_share=nothing,
        baselines=np.full((n, len(BASELINES)), 3.0),
    )
    answers = Answers(*(np.full(n, value) for value in (quantity, 3, 1, 4)))
    return AnsweredWindow(data.split.windows[1], rows, small_model(), estimates, answers, {7: answers})


@pytest.fixture
def evaluation() -> Evaluation:
    generated = generated_dataset()
    data = replace(generated, y=np.concatenate([Y, Y]))
    return evaluate_windows(data, [answered_window(data, slice(0, 4), 2), answered_window(data, slice(4, 8), 4)])


def test_the_model_and_the_baselines_are_measured_on_the_same_orders(evaluation: Evaluation) -> None:
    first, second = evaluation.windows
    assert first.model.wape == pytest.approx((1 + 0 + 2 + 6) / 15)
    assert second.model.wape == pytest.approx((3 + 2 + 0 + 4) / 15)
    assert first.typical.wape == first.baselines["last order"].wape == pytest.approx((2 + 1 + 1 + 5) / 15)
    assert first.model.coverage == pytest.approx(3 / 4)


def test_windows_count_the_same_in_the_mean(evaluation: Evaluation) -> None:
    scores = [window.model.score for window in evaluation.windows]
    assert evaluation.model.score == pytest.approx(np.mean(scores))
    assert evaluation.spread == pytest.approx(np.std(scores))


def test_kinds_are_over_the_orders_of_all_windows(evaluation: Evaluation) -> None:
    assert evaluation.by_size["2-3"].mae == pytest.approx((1 + 0 + 2 + 6) / 4), "those answered with 2"
    assert evaluation.by_size["4-8"].mae == pytest.approx((3 + 2 + 0 + 4) / 4), "those answered with 4"
    assert set(evaluation.by_history) == {"none", "thin"}, "nobody has a rich history here"
    assert evaluation.by_history["none"].mae == pytest.approx((1 + 2 + 3 + 0) / 4)


def test_giants_are_the_largest_orders(evaluation: Evaluation) -> None:
    assert evaluation.windows[0].without_giants == evaluate(Y[:3], *(np.full(3, v) for v in (2, 1, 4)))


def test_everything_measured_is_logged_by_name(evaluation: Evaluation) -> None:
    logged = metrics_to_log(evaluation)
    assert logged["test_wape"] == evaluation.model.wape
    assert logged["typical_hit_rate"] == evaluation.typical.hit_rate
    assert logged["test_score_spread"] == evaluation.spread
    assert logged["test_history_thin_mae"] == evaluation.by_history["thin"].mae
    assert logged["test_size_2-3_mae"] == evaluation.by_size["2-3"].mae
    assert logged["test_7_days_later_score"] == evaluation.frozen[7].score
    assert logged["baseline_last_order_bias"] == evaluation.baselines["last order"].bias
    assert "baseline_last_order_coverage" not in logged, "a baseline has no range"


def printed(table: object) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]


@pytest.mark.parametrize("champion", [None, evaluate(Y, Y)])
def test_the_tables_fit_a_terminal(evaluation: Evaluation, champion: Metrics | None) -> None:
    comparison = printed(comparison_table(evaluation, champion))
    assert any(line.startswith("current champion") for line in comparison) == (champion is not None)
    assert len(comparison) == 1 + 2 + (champion is not None) + len(BASELINES)
    kinds, windows = printed(kinds_table(evaluation)), printed(windows_table(evaluation))
    assert len(kinds) == 1 + 2 + 2 + 1 + 1
    assert len(windows) == 1 + 2
    assert max(len(line) for line in comparison + kinds + windows) <= 80


def test_plots_are_drawn() -> None:
    data, rolled = generated_dataset(), generated_rolled()
    drawn = plots(rolled, data, evaluate_windows(data, rolled.windows))
    assert len(drawn) == 9
    for name, figure in drawn.items():
        image = io.BytesIO()
        figure.savefig(image)
        assert image.getvalue().startswith(b"\x89PNG"), name


def test_what_the_median_rests_on_is_important_and_what_is_constant_is_not() -> None:
    data, rolled = generated_dataset(), generated_rolled()
    newest = rolled.windows[-1]
    rises = importance(newest.model, data.X[newest.rows].assign(checkout_month=5.0), data.y[newest.rows])
    assert rises["checkout_month"] == 0
    assert max(rises.values()) > 0.005
