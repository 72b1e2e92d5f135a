"""The compiled model answers as the estimator does, on every row."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import skops.io

from quantity.features.definitions import ATTRIBUTES, ROW
from quantity.model.baselines import BASELINES
from quantity.model.estimator import ENSEMBLES, QuantityModel
from quantity.model.fallback import Fallback
from quantity.model.packs import PackQuantities
from quantity.model.segments import SHAPE, size_group
from quantity.model_files import TRUSTED_TYPES
from quantity.online.compile import compile_model
from quantity.online.compiled import UnusableModelError
from quantity.online.kernel import FEW, LANES, decisions, scores
from tests.support.models.generated_market import SMALL
from tests.support.models.varied_models import varied_rows, varied_rule

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from quantity.model.decision import Answers
    from tests.support.models.generated_market import Market


def answers_of(model: QuantityModel, X: pd.DataFrame) -> np.ndarray:
    """(n, 4) quantities, typical ones, lower and upper ends by the kernel."""
    compiled, rows = compile_model(model), model.encoder_.transform(X)
    return decisions(rows, X["product_id"].to_numpy(np.int64), compiled.forest, compiled.rule)


def table(answers: Answers) -> np.ndarray:
    """The same of the estimator's answers."""
    return np.stack([answers.quantity, answers.typical, answers.low, answers.high], axis=1)


def with_rule(model: QuantityModel, **changes: Any) -> QuantityModel:
    """The model with another rule."""
    changed = copy.copy(model)
    changed.rule_ = replace(model.rule_, **changes)
    return changed


def test_estimates_are_those_of_scikit_learn(model: QuantityModel, market: Market) -> None:
    matrix = model.encoder_.transform(market.test.X)

    estimates = scores(matrix, compile_model(model).forest)

    for e, name in enumerate(ENSEMBLES):
        np.testing.assert_array_equal(estimates[:, e], model.ensembles_[name].predict(matrix))


@pytest.mark.parametrize("seed", range(3))
def test_estimates_agree_wherever_a_value_may_lie(model: QuantityModel, seed: int) -> None:
    """Values missing, infinite, and exactly at, just below and just above each threshold."""
    compiled = compile_model(model)
    rows = awkward_rows(compiled.forest.threshold, 2000, seed)

    estimates = scores(rows, compiled.forest)

    for e, name in enumerate(ENSEMBLES):
        np.testing.assert_array_equal(estimates[:, e], model.ensembles_[name].predict(rows))


@pytest.mark.parametrize("n", [1, 2, FEW - 1, FEW, FEW + 1, LANES - 1, LANES, LANES + 1, LANES + FEW, 3 * LANES])
def test_a_row_is_estimated_alike_whatever_lies_beside_it(model: QuantityModel, n: int) -> None:
    forest = compile_model(model).forest
    rows = awkward_rows(forest.threshold, n, seed=n)

    alone = np.concatenate([scores(rows[i : i + 1], forest) for i in range(n)])

    np.testing.assert_array_equal(scores(rows, forest), alone)


def awkward_rows(threshold: np.ndarray, n: int, seed: int) -> np.ndarray:
    """(n, `ROW`) values at, just below and just above thresholds, missing and infinite."""
    rng = np.random.default_rng(seed)
    near = rng.choice([-1, 0, 1], size=(n, len(ROW)))
    values = rng.choice(threshold, size=near.shape)
    values = np.where(near == 0, values, np.nextafter(values, np.where(near > 0, np.inf, -np.inf).astype(np.float32)))
    values[rng.random(values.shape) < 0.2] = np.nan
    values[rng.random(values.shape) < 0.02] = np.inf
    values[rng.random(values.shape) < 0.02] = -np.inf
    return values.astype(np.float32)


@pytest.mark.parametrize("pack_share", [0.001, 0.03, 0.2, 2.0])
def test_answers_are_those_of_the_estimator(model: QuantityModel, market: Market, pack_share: float) -> None:
    """With small packs, large ones and none."""
    packed = copy.copy(model)
    packed.packs_ = PackQuantities(pack_share).fit(market.train.X["product_id"].to_numpy(), market.train.y)
    X = market.test.X
    expected = table(packed.answer(X))

    np.testing.assert_array_equal(answers_of(packed, X), expected)
    assert (np.ptp(expected, axis=0) > 3).all(), "the answers differ from row to row"


@pytest.mark.parametrize("seed", range(6))
def test_answers_are_those_of_the_estimator_by_any_rule(model: QuantityModel, market: Market, seed: int) -> None:
    """On rows of every segment, warm and cold, with values missing, where baselines answer, lean or keep out."""
    ruled = copy.copy(model)
    ruled.rule_ = varied_rule(model.rule_, seed)
    X = varied_rows(market.test.X, seed)
    estimates = ruled.estimate(X)
    expected = ruled.decide(estimates)

    np.testing.assert_array_equal(answers_of(ruled, X), table(expected))
    met = set(zip(estimates.history.tolist(), size_group(np.exp(estimates.median)).tolist(), strict=True))
    assert met == set(np.ndindex(SHAPE)), "every segment is met"


@pytest.mark.parametrize("weight", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("baseline", range(len(BASELINES)))
def test_each_baseline_answers_as_the_estimators_does(
    model: QuantityModel, market: Market, baseline: int, weight: float
) -> None:
    fallback = Fallback(np.full(SHAPE, baseline), np.full(SHAPE, weight))
    leaning = with_rule(model, quantity_fallback=fallback, typical_fallback=fallback)
    X = varied_rows(market.test.X, seed=baseline)

    np.testing.assert_array_equal(answers_of(leaning, X), table(leaning.answer(X)))


def test_products_without_packs_are_answered_alike(model: QuantityModel, market: Market) -> None:
    X = market.test.X.assign(product_id=np.arange(len(market.test.X)) + 10_000_000)

    np.testing.assert_array_equal(answers_of(model, X), table(model.answer(X)))


def test_the_most_cases_are_answered_alike(model: QuantityModel, market: Market) -> None:
    X = market.test.X.assign(ewm_log_qty_product_h90d=1e4, ewn_log_qty_product_h90d=1e6)
    unseen = with_rule(model, quantity_fallback=Fallback.none(), typical_fallback=Fallback.none())

    answers = answers_of(unseen, X)

    assert answers.max() == 2**31 - 1, "the largest number of the tables"
    np.testing.assert_array_equal(answers, table(unseen.answer(X)))


def test_estimates_that_are_no_numbers_are_answered_with_zeros(model: QuantityModel, market: Market) -> None:
    compiled, rows = compile_model(model), model.encoder_.transform(market.test.X.head(100))
    rows[::3, ROW.index("base")] = np.nan
    product_id = market.test.X["product_id"].head(100).to_numpy(np.int64)

    answers = decisions(rows, product_id, compiled.forest, compiled.rule)

    assert (answers[::3] == 0).all()
    assert (np.delete(answers, np.s_[::3], axis=0) >= 1).all()


def test_a_model_from_its_file_is_compiled_alike(model: QuantityModel, tmp_path: Path) -> None:
    skops.io.dump(model, tmp_path / "model.skops")

    read = compile_model(skops.io.load(tmp_path / "model.skops", trusted=list(TRUSTED_TYPES)))

    compiled = compile_model(model)
    for ours, theirs in ((compiled.forest, read.forest), (compiled.rule, read.rule)):
        for name, values in ours._asdict().items():
            np.testing.assert_array_equal(getattr(theirs, name), values)
    assert set(skops.io.get_untrusted_types(file=tmp_path / "model.skops")) == set(TRUSTED_TYPES)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_codes_are_those_of_the_encoder(model: QuantityModel, market: Market, attribute: str) -> None:
    X = market.test.X.head(300)
    vocabulary = np.unique([*X[attribute].dropna(), "never seen"])
    position = np.where(X[attribute].isna(), -1, np.searchsorted(vocabulary, X[attribute].fillna("")))
    compiled = compile_model(model)

    codes = compiled.codes(attribute, vocabulary, position)

    np.testing.assert_array_equal(codes, model.encoder_.transform(X)[:, ROW.index(attribute)])
    never_seen = np.flatnonzero(vocabulary == "never seen")
    assert np.isnan(compiled.codes(attribute, vocabulary, never_seen)).all()


def test_trees_with_as_many_leaves_as_a_word_has_bits(market: Market) -> None:
    wide = QuantityModel(max_iter=5, max_leaf_nodes=64, min_samples_leaf=5).fit(*market.train)
    matrix = wide.encoder_.transform(market.test.X)
    forest = compile_model(wide).forest

    for rows in (matrix, matrix[: FEW - 1]):
        np.testing.assert_array_equal(scores(rows, forest)[:, 1], wide.ensembles_["median"].predict(rows))
    assert forest.leaf.shape[1] == 64


def test_trees_with_more_leaves_are_refused(market: Market) -> None:
    wider = QuantityModel(**SMALL | {"max_leaf_nodes": 100, "min_samples_leaf": 5}).fit(*market.train)

    with pytest.raises(UnusableModelError, match="more than 64 leaves"):
        compile_model(wider)


def test_leaves_without_a_finite_value_are_refused(model: QuantityModel) -> None:
    broken = copy.deepcopy(model)
    nodes = broken.ensembles_["low"].regressor_._predictors[3][0].nodes
    nodes["value"][nodes["is_leaf"] == 1] = np.nan

    with pytest.raises(UnusableModelError, match="finite"):
        compile_model(broken)


@pytest.mark.parametrize("use", ["quantity_fallback", "typical_fallback"])
@pytest.mark.parametrize(
    ("baseline", "weight", "reason"),
    [
        pytest.param(np.zeros(1), np.zeros(SHAPE), "baselines", id="baselines of another shape"),
        pytest.param(np.zeros(SHAPE), np.zeros(SHAPE[::-1]), "weights", id="weights of another shape"),
        pytest.param(np.full(SHAPE, len(BASELINES)), np.zeros(SHAPE), "baseline", id="one baseline too many"),
        pytest.param(np.full(SHAPE, -1), np.zeros(SHAPE), "baseline", id="a negative baseline"),
        pytest.param(np.full(SHAPE, 0.5), np.zeros(SHAPE), "baseline", id="half a baseline"),
        pytest.param(np.full(SHAPE, np.nan), np.zeros(SHAPE), "baselines", id="a baseline that is no number"),
        pytest.param(np.zeros(SHAPE), np.full(SHAPE, np.nan), "weights", id="a weight that is no number"),
    ],
)
def test_fallbacks_that_the_kernel_cannot_apply_are_refused(
    model: QuantityModel, use: str, baseline: np.ndarray, weight: np.ndarray, reason: str
) -> None:
    with pytest.raises(UnusableModelError, match=reason):
        compile_model(with_rule(model, **{use: Fallback(baseline, weight)}))


@pytest.mark.parametrize("offsets", [np.zeros(1), np.zeros(SHAPE[::-1]), np.full(SHAPE, np.inf)])
def test_offsets_that_are_not_a_number_a_segment_are_refused(model: QuantityModel, offsets: np.ndarray) -> None:
    with pytest.raises(UnusableModelError, match="offsets"):
        compile_model(with_rule(model, offsets=offsets))


@pytest.mark.parametrize("rise", [np.nan, np.inf])
def test_a_level_that_is_no_number_is_refused(model: QuantityModel, rise: float) -> None:
    with pytest.raises(UnusableModelError, match="level"):
        compile_model(with_rule(model, rise=rise))
