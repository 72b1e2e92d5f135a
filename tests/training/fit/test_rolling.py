"""Each window is answered by a model that knows only what was before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.support.models.rolled_models import generated_dataset, generated_rolled, small_model
from training.fit.rolling import fits, roll


def test_answers_to_a_window_depend_on_nothing_that_came_in_it_or_later() -> None:
    data, rolled = generated_dataset(), generated_rolled()
    assert [tested.window for tested in rolled.windows] == list(data.split.windows[1:])
    for tested in rolled.windows:
        y = data.y.copy()
        y[tested.rows.start :] = np.random.default_rng(0).integers(1, 500, len(y) - tested.rows.start)
        again = roll(small_model(), replace(data, y=y))
        same = next(other for other in again.windows if other.window == tested.window)
        assert np.array_equal(same.answers.quantity, tested.answers.quantity)
        assert np.array_equal(same.answers.high, tested.answers.high)


def test_ranges_are_learned_from_the_windows_before() -> None:
    data, rolled = generated_dataset(), generated_rolled()
    first = data.rows(data.split.windows[0])
    y = data.y.copy()
    y[first] = 400
    changed = roll(small_model(), replace(data, y=y))
    assert (changed.windows[0].model.rule_.offsets != rolled.windows[0].model.rule_.offsets).any()


def test_the_model_for_service_is_fitted_to_the_newest_day() -> None:
    data, rolled = generated_dataset(), generated_rolled()
    newest = data.rows(data.split.windows[-1])
    y = data.y.copy()
    y[newest] = 400
    changed = roll(small_model(), replace(data, y=y))
    assert (changed.model.predict(data.X[newest]) > 2 * rolled.model.predict(data.X[newest])).mean() > 0.5


def test_progress_counts_every_fit() -> None:
    fitted: list[int] = []
    data = generated_dataset()
    roll(small_model(), data, lambda: fitted.append(1))
    assert len(fitted) == fits(data)


def test_older_features_are_answered_by_the_same_model() -> None:
    data = generated_dataset()
    same = replace(data, frozen={0: data.X[data.tested].reset_index(drop=True)})
    first, second = roll(small_model(), same).windows
    for window in (first, second):
        assert np.array_equal(window.frozen[0].quantity, window.answers.quantity)


@pytest.mark.parametrize("part", ["quantity", "typical", "low", "high"])
def test_answers_are_those_of_the_windows_model(part: str) -> None:
    data = generated_dataset()
    first, second = generated_rolled().windows
    for tested in (first, second):
        assert np.array_equal(getattr(tested.model.answer(data.X[tested.rows]), part), getattr(tested.answers, part))
