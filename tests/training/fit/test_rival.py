"""Champion and new version are compared on orders that neither was fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from quantity.model.metrics import evaluate
from tests.support.models.rolled_models import generated_dataset, generated_rolled, small_model
from training.fit.evaluation import Evaluation, evaluate_windows
from training.fit.rival import Champion, compare

if TYPE_CHECKING:
    import numpy as np

    from training.fit.rolling import Rolled


@pytest.fixture
def rolled() -> Rolled:
    return generated_rolled()


@pytest.fixture
def evaluation(rolled: Rolled) -> Evaluation:
    return evaluate_windows(generated_dataset(), rolled.windows)


def champion(trained_until: np.datetime64 | None) -> Champion:
    """A champion fitted to the orders before the first tested window, whatever it says of itself."""
    data = generated_dataset()
    start = data.tested.start
    model = small_model().set_params(max_iter=1).fit(data.X[:start], data.y[:start], data.day[:start])
    return Champion("7", model, trained_until, {"test_score": 0.123})


def test_only_orders_that_the_champion_has_not_seen_count(rolled: Rolled, evaluation: Evaluation) -> None:
    data = generated_dataset()
    newest = rolled.windows[-1]
    until = data.date[newest.rows][len(data.y[newest.rows]) // 2]
    one = champion(until)
    compared = compare(one, data, rolled.windows, evaluation)
    assert compared is not None
    assert one.model is not None
    late = data.date >= until
    theirs = evaluate(data.y[late], one.model.predict(data.X[late]))
    ours = evaluate(data.y[late], newest.model.predict(data.X[late]))
    assert compared.rival.score == pytest.approx(theirs.score)
    assert compared.rival.new_score == pytest.approx(ours.score)
    assert compared.rival.on == f"on {late.sum():,} orders that it has not seen"


def test_a_champion_older_than_the_windows_is_compared_on_all_of_them(rolled: Rolled, evaluation: Evaluation) -> None:
    data = generated_dataset()
    compared = compare(champion(data.date[0]), data, rolled.windows, evaluation)
    assert compared is not None
    assert compared.rival.new_score == pytest.approx(evaluation.model.score)
    assert compared.rival.new_typical is not None
    assert compared.rival.new_typical.as_dict() == evaluation.typical.as_dict()
    undated = compare(champion(None), data, rolled.windows, evaluation)
    assert undated is not None
    assert undated.rival.score == compared.rival.score


def test_a_champion_that_has_seen_everything_is_compared_by_what_both_were_registered_with(
    rolled: Rolled, evaluation: Evaluation
) -> None:
    data = generated_dataset()
    compared = compare(champion(data.date[-1] + 1), data, rolled.windows, evaluation)
    assert compared is not None
    assert (compared.rival.score, compared.rival.new_score) == (0.123, evaluation.model.score)


def test_a_champion_that_cannot_be_loaded_is_not_compared(rolled: Rolled, evaluation: Evaluation) -> None:
    unloadable = Champion("7", None, None, {})
    assert compare(unloadable, generated_dataset(), rolled.windows, evaluation) is None
