"""Champion and new version are compared on orders that neither was fitted to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from quantity.features.definitions import FORMULAS, HISTORY_COLUMNS, INPUTS
from quantity.model.encoding import FeatureEncoder
from quantity.model.estimator import QuantityModel
from quantity.model.metrics import evaluate
from quantity.model.row import DECLARED, Row
from tests.support.models.rolled_models import SNAPSHOT, generated_history, generated_rolled, small_model
from training.fit.dataset import Dataset, cut_dataset
from training.fit.evaluation import Evaluation, evaluate_windows, metrics_to_log
from training.promotion.champion import Champion
from training.promotion.rival import compare

if TYPE_CHECKING:
    import pandas as pd

    from training.fit.rolling import Rolled

LEVEL = 0.9

STORED = next(column.name for column in HISTORY_COLUMNS if column.name not in INPUTS)
"""A column that the tables have, and the model does not read."""


@pytest.fixture
def data() -> Dataset:
    return cut_dataset(SNAPSHOT, generated_history(6000), windows=2)


@pytest.fixture
def rolled() -> Rolled:
    return generated_rolled()


@pytest.fixture
def evaluation(rolled: Rolled, data: Dataset) -> Evaluation:
    return evaluate_windows(data, rolled.windows)


def champion(data: Dataset, trained_until: np.datetime64 | None) -> Champion:
    """A champion fitted to the orders before the first tested window, whatever it says of itself."""
    start = data.tested.start
    model = small_model().set_params(max_iter=1).fit(data.X[:start], data.y[:start], data.day[:start])
    return Champion("7", model, trained_until, {"test_score": 0.123})


def of_another_row(data: Dataset, row: Row) -> Champion:
    """A champion that was fitted to another row, as a program of another list of features fits it."""
    one = champion(data, data.date[0])
    assert one.model is not None
    moved = [row.names.index(name) for name in DECLARED.names if name in row.names]
    for trees in one.model.ensembles_.values():
        trees.columns_ = np.array([moved[column] for column in trees.columns_])
    one.model.row_ = row.record
    return one


def test_only_orders_that_the_champion_has_not_seen_count(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    newest = rolled.windows[-1]
    until = data.date[newest.rows][len(data.y[newest.rows]) // 2]
    one = champion(data, until)
    compared = compare(one, data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    assert one.model is not None
    late = data.date >= until
    theirs = evaluate(data.y[late], one.model.predict(data.X[late]))
    ours = evaluate(data.y[late], newest.model.predict(data.X[late]))
    assert compared.rival.score == pytest.approx(theirs.score)
    assert compared.rival.new_score == pytest.approx(ours.score)
    assert compared.rival.on == f"on {late.sum():,} orders that it has not seen"
    assert compared.rival.servable


def test_a_champion_older_than_the_windows_is_compared_on_all_of_them(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    compared = compare(champion(data, data.date[0]), data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    assert compared.rival.new_score == pytest.approx(evaluation.model.score)
    assert compared.rival.new_typical is not None
    assert compared.rival.new_typical.as_dict() == evaluation.typical.as_dict()
    undated = compare(champion(data, None), data, rolled.windows, evaluation, LEVEL)
    assert undated.rival is not None
    assert undated.rival.score == compared.rival.score


def test_the_interval_is_of_the_orders_that_both_answered(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    compared = compare(champion(data, data.date[0]), data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    found = compared.rival.improvement
    assert found is not None
    assert found.estimate == pytest.approx(compared.rival.score - compared.rival.new_score)
    assert found.low < found.estimate < found.high
    assert compared.rival.orders == len(data.y[data.tested])
    assert compared.rival.days == len(np.unique(data.date[data.tested]))


def test_the_interval_of_the_newest_day_alone_is_unknown(data: Dataset, rolled: Rolled, evaluation: Evaluation) -> None:
    compared = compare(champion(data, data.date[-1]), data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    assert (compared.rival.days, compared.rival.improvement) == (1, None)


# --- by what was recorded ----------------------------------------------------------------------------------


def seen_everything(data: Dataset, evaluation: Evaluation, **changes: float) -> Champion:
    """A champion that was fitted to all orders, with what its training recorded."""
    return replace(champion(data, data.date[-1] + 1), metrics=metrics_to_log(evaluation) | changes)


def test_a_champion_that_has_seen_everything_is_compared_by_what_both_recorded_of_the_same_orders(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    start = evaluation.windows[0].window.start
    one = seen_everything(data, evaluation, **{f"window_{start}_score": 0.9, f"window_{start}_orders": 1.0})
    compared = compare(one, data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    newest = evaluation.windows[1]
    assert (compared.rival.score, compared.rival.new_score) == (newest.model.score, newest.model.score)
    assert compared.rival.on == f"on the same {newest.orders:,} orders, each in its own training"


def test_without_the_same_orders_the_means_that_both_were_registered_with_are_compared(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    compared = compare(champion(data, data.date[-1] + 1), data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    assert (compared.rival.score, compared.rival.new_score) == (0.123, evaluation.model.score)


# --- what blocks no successor ------------------------------------------------------------------------------


def test_a_champion_that_cannot_be_loaded_is_not_compared(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    compared = compare(Champion("7", None, None, {}, "it is damaged"), data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is None
    assert compared.trouble == "champion version 7 cannot be loaded: it is damaged"


@pytest.mark.parametrize("metrics", [{}, {"test_score": float("nan")}])
def test_a_champion_without_a_recorded_score_is_not_compared(
    data: Dataset, rolled: Rolled, evaluation: Evaluation, metrics: dict[str, float]
) -> None:
    one = replace(champion(data, data.date[-1] + 1), metrics=metrics)
    compared = compare(one, data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is None
    assert "has recorded no score" in compared.trouble


class Failing(QuantityModel):
    """A model that fails where it is asked."""

    def answer(self, X: pd.DataFrame) -> None:  # type: ignore[override]
        raise AttributeError(f"no attribute for {len(X)} orders")


def test_a_champion_that_fails_is_not_compared(data: Dataset, rolled: Rolled, evaluation: Evaluation) -> None:
    one = champion(data, data.date[0])
    assert one.model is not None
    one.model.__class__ = Failing
    compared = compare(one, data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is None
    assert "champion version 7 cannot be evaluated: AttributeError: no attribute" in compared.trouble


# --- of another list of features ---------------------------------------------------------------------------


def test_a_champion_of_another_list_answers_where_its_columns_are_there(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    row = replace(DECLARED, numeric=(STORED, *DECLARED.numeric))
    one = of_another_row(data, row)
    assert (one.has_other_features, one.other_inputs) == (True, (STORED,))
    compared = compare(one, data, rolled.windows, evaluation, LEVEL)
    same = compare(champion(data, data.date[0]), data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    assert same.rival is not None
    assert compared.rival.score == same.rival.score
    assert not compared.rival.servable


def test_a_champion_with_a_formula_that_is_no_more_declared_answers(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    formula = replace(FORMULAS[0], name="of_old")  # type: ignore[type-var]
    one = of_another_row(data, replace(DECLARED, formulas=(formula, *FORMULAS)))
    assert compare(one, data, rolled.windows, evaluation, LEVEL).rival is not None


def test_a_champion_of_columns_that_are_gone_is_compared_by_what_was_recorded_of_the_same_orders(
    data: Dataset, rolled: Rolled, evaluation: Evaluation
) -> None:
    one = of_another_row(data, replace(DECLARED, numeric=("gone", *DECLARED.numeric)))
    compared = compare(one, data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is None
    assert "it reads columns that the features no longer have (gone)" in compared.trouble
    recorded = replace(one, metrics=metrics_to_log(evaluation))
    compared = compare(recorded, data, rolled.windows, evaluation, LEVEL)
    assert compared.rival is not None
    assert compared.rival.score == pytest.approx(evaluation.model.score)


def test_the_encoder_of_another_row_is_that_of_todays(data: Dataset) -> None:
    encoder = FeatureEncoder().fit(data.X)
    other = replace(DECLARED, numeric=DECLARED.numeric[::-1])
    ours, theirs = encoder.transform(data.X), encoder.transform(data.X, other)
    for name in DECLARED.names:
        assert np.array_equal(ours[:, DECLARED.at(name)], theirs[:, other.at(name)], equal_nan=True)
