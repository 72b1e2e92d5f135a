"""`POST /quantity/explain`: what each feature does to an estimate, and what is made of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shap

from api.explain.estimate import estimates_of, leaning_of
from api.explain.route import MAX_PAIRS, ExplainRoute
from api.explain.tree_shares import Ensembles, shares_of
from quantity import feature_words
from quantity.features.definitions import FEATURES, HISTORY_COLUMNS, INPUTS, ROW
from quantity.model.decision import MOST_CASES
from tests.support.api.apps import App, empty_app, loaded_app, make_settings, running
from tests.support.api.small_market import (
    UNKNOWN_PRODUCT,
    UNKNOWN_STORE,
    body_of,
    features_on_next_day,
    model,
    model_in_memory,
    pairs,
    snapshot_in_memory,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.explain.explanation import Answered
    from quantity.model.estimator import QuantityModel

URL = "/quantity/explain"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = loaded_app(make_settings(tmp_path_factory.mktemp("explained")))
    with running(app):
        yield app


def explained(app: App, asked: list[tuple[int, int]], **fields: object) -> list[dict[str, Any]]:
    answer = app.client.post(URL, json=body_of(asked, **fields))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def reference(fitted: QuantityModel, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) starts and (n, f) contributions as the library has them from scikit-learn's own trees."""
    rise = fitted.rule_.rise
    found = []
    for trees in fitted.ensembles_.values():
        explainer = shap.TreeExplainer(trees.regressor_)
        columns = np.zeros(matrix.shape)
        columns[:, trees.columns_] = explainer.shap_values(trees._select(matrix))
        found.append((float(explainer.expected_value[0]), columns))
    starts, contributions = [], []
    for i, row in enumerate(matrix):
        ordered = sorted(found, key=lambda of: of[0] + of[1][i].sum())
        (median, by_median), (upper, by_upper) = ordered[1], ordered[2]
        starts.append(float(row[ROW.index("base")]) + (1 - rise) * median + rise * upper)
        contributions.append((1 - rise) * by_median[i] + rise * by_upper[i])
    return np.array(starts), np.array(contributions)


def test_contributions_are_those_of_a_reference_and_add_up_to_the_estimate(app: App) -> None:
    asked = (pairs().ordered[::7] + pairs().never_ordered[::40])[:MAX_PAIRS]
    store, product = np.array(asked).T
    X = features_on_next_day(store, product)[list(INPUTS)]
    date = snapshot_in_memory().info.as_of_date
    starts, contributions = reference(model(), model().encoder_.transform(X))
    estimates = model().estimate(X)
    rise = model().rule_.rise
    expected = estimates.median + rise * (estimates.upper - estimates.median)
    items = explained(app, asked, date=str(date))
    assert len(items) == len(asked)
    for item, start, of_columns, estimate in zip(items, starts, contributions, expected, strict=True):
        told = {each["feature"]: each["log_effect"] for each in item["contributions"]}
        assert told == pytest.approx({ROW[c]: of_columns[c] for c in np.flatnonzero(of_columns)}, abs=1e-9)
        assert item["log_start"] == pytest.approx(start)
        assert item["log_start"] + sum(told.values()) == pytest.approx(item["log_estimate"])
        assert item["log_estimate"] == pytest.approx(estimate)
        assert item["start"] * math.prod(each["factor"] for each in item["contributions"]) == pytest.approx(
            item["estimate"]
        )
        sizes = [abs(each["log_effect"]) for each in item["contributions"]]
        assert sizes == sorted(sizes, reverse=True)
        assert [reason.rpartition(": × ")[0] for reason in item["reasons"]] == [
            each["words"] for each in item["contributions"][:5]
        ]


def test_what_is_rounded_is_what_the_rule_leaves_and_ends_at_the_answer_of_the_prediction(app: App) -> None:
    asked = pairs().ordered[:60]
    date = "2024-05-03"
    items = explained(app, asked, date=date)
    predicted = app.client.post("/quantity/predict", json=body_of(asked, date=date)).json()["items"]
    for item, prediction in zip(items, predicted, strict=True):
        assert item["quantity"] == prediction["quantity"]
        assert item["status"] == prediction["status"]
        fallback = model().rule_.quantity_fallback
        snapped = model().packs_.snap(np.array([item["product_id"]]), np.array([item["cases"]]))[0]
        is_alone = item["baseline"] is not None and item["baseline"]["weight"] >= 1
        assert item["quantity"] == (max(math.floor(item["cases"] + 0.5), 1) if is_alone else snapped)
        assert (item["baseline"] is not None) == bool(fallback.weight.any())
        assert item["pack"] in (None, item["quantity"])
        assert item["pack"] is None or item["pack"] in item["packs"]
    assert any(item["pack"] for item in items)


@pytest.mark.parametrize("rise", [-0.4, 0.0, 0.3, 1.7])
@pytest.mark.parametrize("weight", [0.0, 0.25, 1.0])
def test_shares_and_leaning_follow_any_rule(rise: float, weight: float) -> None:
    compiled = model_in_memory().compiled
    rng = np.random.default_rng(5)
    segments = rng.permutation(compiled.rule.quantity_weight.size).reshape(compiled.rule.quantity_weight.shape)
    rule = compiled.rule._replace(
        rise=rise,
        quantity_baseline=segments % 3,
        quantity_weight=np.where(segments % 2, weight, 0.0),
    )
    store, product = np.array(pairs().ordered[:80]).T
    X = features_on_next_day(store, product)[list(INPUTS)]
    rows = model().encoder_.transform(X)
    estimated = model().estimate(X)
    expected = np.exp(np.minimum(estimated.median + rise * (estimated.upper - estimated.median), np.log(MOST_CASES)))
    fallback = type(model().rule_.quantity_fallback)(rule.quantity_baseline, rule.quantity_weight)
    leaning, _ = fallback.apply(expected, estimated.history, estimated.baselines)
    estimates = estimates_of(shares_of(Ensembles.of(compiled), rows), rows, rule)
    found = [leaning_of(float(log), row, rule).cases for log, row in zip(estimates.log_cases, rows, strict=True)]
    np.testing.assert_allclose(found, leaning, rtol=1e-6)


def test_a_pair_without_an_answer_has_no_reasons(app: App) -> None:
    store, product = pairs().ordered[0]
    items = explained(app, [(UNKNOWN_STORE, product), (store, product), (store, UNKNOWN_PRODUCT)])
    assert [item["status"] for item in items] == ["unknown_store", "ok", "unknown_product"]
    assert [item["quantity"] is None for item in items] == [True, False, True]
    assert [len(item["contributions"]) > 5 for item in items] == [False, True, False]
    assert [item["log_estimate"] is None for item in items] == [True, False, True]
    assert explained(app, [(UNKNOWN_STORE, UNKNOWN_PRODUCT)])[0]["reasons"] == []


def test_the_date_asked_for_is_the_one_explained(app: App) -> None:
    items = explained(app, pairs().ordered[:60], date="2024-05-04")
    told = {each["words"] for item in items for each in item["contributions"] if each["feature"] == "checkout_dow"}
    assert told == {"day of the week Saturday"}


def test_more_pairs_than_the_limit_are_refused_as_by_the_prediction(app: App) -> None:
    answer = app.client.post(URL, json=body_of([pairs().ordered[0]] * (MAX_PAIRS + 1)))
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "input"]
    assert "at most 100" in answer.json()["detail"][0]["msg"]
    answer = app.client.post(URL, json={"input": [{"store_id": "x", "product_id": 1}]})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "input", 0, "store_id"]


def test_without_a_model_it_says_what_to_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = empty_app(make_settings(tmp_path_factory.mktemp("empty")))
    with running(app):
        answer = app.client.post(URL, json=body_of([(1, 2)]))
    assert answer.status_code == 503
    assert "make run" in answer.json()["detail"]


def end_at_once(_answered: Answered) -> bytes:
    import os  # noqa: PLC0415 - in the other process

    os._exit(1)


def test_a_process_that_ends_is_a_503_and_the_next_one_answers(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    (route,) = [route for route in app.api.routes if getattr(route, "path", None) == URL]
    endpoint: Any = getattr(route, "endpoint")  # noqa: B009 - routes have no type for it
    owner: ExplainRoute = endpoint.__self__
    with monkeypatch.context() as broken:
        broken.setattr(owner, "_work", end_at_once)
        answer = app.client.post(URL, json=body_of(pairs().ordered[:1]))
        assert answer.status_code == 503
        assert "another one starts" in answer.json()["detail"]
        assert answer.headers["Retry-After"] == "1"
    assert explained(app, pairs().ordered[:1])[0]["quantity"]


def test_every_feature_has_words() -> None:
    names = {*ROW, *FEATURES, *(column.name for column in HISTORY_COLUMNS)}
    assert not {
        name
        for name in names
        if not (feature_words._match(name) or feature_words._match(name.removesuffix("_to_base")))
    }


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("avg_qty_category_l30d", 4.1, "30-day mean of the category 4.1"),
        ("cnt_product_l30d", 457.0, "orders of the product in 30 days 457"),
        (
            "ewn_log_qty_product_h90d",
            1915.42,
            "orders of the product (those over 90 days ago count less than half) 1915",
        ),
        ("residual_store", math.log(1.97), "orders of the store beside the expected, lately +97%"),
        ("trend_product", math.log(0.9), "trend of the product -10%"),
        ("price_to_usual", math.nan, "price beside the usual of this product in this store not known"),
    ],
)
def test_values_are_told_without_a_second_factor_or_useless_decimals(name: str, value: float, words: str) -> None:
    assert feature_words.in_words(name, {name: value}) == words
