"""Skew: none between the service's kernel and training; a falsified answer and the horizon are told apart."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import replace
from functools import cache
from itertools import product as every_combination
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from quantity.db.tables import replaced_tables
from tests.support.models.generated_market import generated_model
from tests.support.models.varied_models import varied_rule
from tests.support.outcomes.kernel_answers import features_as_of, kernel_answers
from tests.support.outcomes.random_log import answer, write_log
from tests.support.publishing.published_market import current, execute, market, publish_market
from training.drift.answers import CASES, MOST_ANSWERS, Past, last_of_each_day, read_answers
from training.drift.late_orders import changed_lines
from training.drift.skew import compare_answers

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from quantity.model.estimator import QuantityModel
    from training.drift.skew import Skew

AS_OF = dt.date(2024, 12, 30)
"""The day after the market's last order."""
OLD, RECENT = AS_OF - dt.timedelta(days=21), AS_OF - dt.timedelta(days=7)
SINCE = AS_OF - dt.timedelta(days=28)


@cache
def model() -> QuantityModel:
    """Its rule leans on every baseline somewhere, so that answers depend on all that is read."""
    varied = copy.copy(generated_model())
    varied.rule_ = varied_rule(varied.rule_, seed=0)
    return varied


@cache
def real_answers() -> tuple[dict[str, Any], ...]:
    """Answers of two snapshots to known pairs, most of which have ordered, for days up to three weeks ahead."""
    answers: list[dict[str, Any]] = []
    for number, as_of in enumerate((OLD, RECENT), start=1):
        features = features_as_of(market(), as_of)
        stores, products = (features.latest[name][f"{name}_id"].to_numpy()[:12] for name in ("store", "product"))
        store_id, product_id = np.array(list(every_combination(stores, products))).T
        dates = [as_of + dt.timedelta(days=days) for days in (0, 3, 6, 20) if as_of + dt.timedelta(days=days) < AS_OF]
        found = kernel_answers(model(), features, store_id, product_id, dates)
        answers += [values | {"snapshot_id": number} for values in found]
    return tuple(answers)


def skew_of(engine: Engine) -> Skew:
    """All logged answers computed again."""
    answers = read_answers(engine, current(engine), SINCE, AS_OF)
    past = Past.read(engine)
    given, of_day = past.rows(answers, answers.assign(as_of_date=answers["checkout_date"]))
    return compare_answers(answers, given, of_day, {"1": model()})


def test_real_answers_do_not_differ_and_the_horizon_explains_some(engine: Engine) -> None:
    publish_market(engine)
    write_log(engine, real_answers())
    skew = skew_of(engine)
    statuses = {values["status"] for values in real_answers()}
    assert statuses == {"ok", "cold_start"}
    assert len(skew.answers) == len(real_answers()) > 800
    assert not skew.differs.any()
    # What is answered on the as-of date has no horizon; three weeks later many a pair has ordered since.
    at_once = (skew.answers["checkout_date"] == skew.answers["as_of_date"]).to_numpy()
    assert not skew.horizon[at_once].any()
    assert skew.horizon[~at_once].sum() > 20


def test_the_horizon_explains_what_a_snapshot_of_the_day_answers_otherwise(engine: Engine) -> None:
    """Told apart just as by a service that has the day's snapshot."""
    publish_market(engine)
    date = RECENT + dt.timedelta(days=6)
    late = [values for values in real_answers() if values["checkout_date"] == date and values["as_of_date"] == RECENT]
    write_log(engine, late)
    skew = skew_of(engine)
    store_id, product_id = (np.array([values[name] for values in late]) for name in ("store_id", "product_id"))
    of_day = kernel_answers(model(), features_as_of(market(), date), store_id, product_id, [date])
    otherwise = [any(one[name] != other[name] for name in CASES) for one, other in zip(late, of_day, strict=True)]
    assert skew.horizon.tolist() == otherwise
    assert any(otherwise)
    assert not all(otherwise)


@pytest.mark.parametrize("name", CASES)
def test_a_falsified_answer_is_seen(sqlite_engine: Engine, name: str) -> None:
    publish_market(sqlite_engine)
    falsified = [dict(values) for values in real_answers()[:300]]
    for values in falsified[::60]:
        values[name] += 1
    write_log(sqlite_engine, falsified)
    skew = skew_of(sqlite_engine)
    assert np.flatnonzero(skew.differs).tolist() == list(range(0, 300, 60))
    assert not (skew.differs & skew.horizon).any()
    counts = skew.by_day()
    assert counts["differing"].sum() == 5 == skew.totals["differing"]
    assert (counts["compared"] == counts["same"] + counts["horizon"] + counts["differing"]).all()
    assert counts.set_index("day")["compared"].to_dict() == skew.answers.groupby("checkout_date").size().to_dict()


def test_days_and_versions_are_counted_apart() -> None:
    answers = pd.DataFrame(list(real_answers()[:40])).assign(line=range(40))
    answers["checkout_date"] = pd.to_datetime(answers["checkout_date"]).astype("datetime64[s]")
    answers["as_of_date"] = pd.to_datetime(answers["as_of_date"]).astype("datetime64[s]")
    answers["model_version"] = ["1", "2"] * 20
    past = _past_of_market()
    given, of_day = past.rows(answers, answers.assign(as_of_date=answers["checkout_date"]))
    other = copy.copy(generated_model())
    other.rule_ = replace(model().rule_, offsets=model().rule_.offsets + 3)
    found = compare_answers(answers, given, of_day, {"1": model(), "2": other}).by_day()
    assert found["model_version"].tolist() == ["1", "2"]
    assert found["differing"].tolist() == [0, 20]


def _past_of_market() -> Past:
    from quantity.features.entities import derive_entities  # noqa: PLC0415
    from quantity.features.orders import sum_order_lines  # noqa: PLC0415

    return Past(sum_order_lines(market().order_items), derive_entities(market()))


def test_orders_that_came_late_make_answers_differ_and_are_told(engine: Engine) -> None:
    raw = market()
    early = raw.order_items["checkout_date"] < pd.Timestamp(RECENT)
    publish_market(engine)
    execute(engine, f"UPDATE snapshots SET snapshot_id = 9, as_of_date = '{RECENT}', order_rows = {early.sum()}")
    answered = [values | {"snapshot_id": 9} for values in real_answers() if values["as_of_date"] == RECENT]
    write_log(engine, answered)
    assert not skew_of(engine).differs.any()
    assert changed_lines(engine, [9]) == {}

    # The pair that is asked about first ordered a hundred cases on the day before, and nobody knew.
    asked, fact = answered[0], replaced_tables()["fact_order_items"]
    with engine.begin() as connection:
        (line, price) = connection.execute(
            fact.select().with_only_columns(fact.c.line, fact.c.variant_case_price_cents).order_by(fact.c.line.desc())
        ).first() or (0, 0)
        late = {"line": line + 1, "order_id": 1, "brand_id": 1, "product_variant_id": 1, "quantity": 100}
        pair = {name: asked[name] for name in ("store_id", "product_id")}
        when = {"checkout_date": RECENT - dt.timedelta(days=1), "variant_case_price_cents": price}
        connection.execute(fact.insert(), [late | pair | when])
    skew = skew_of(engine)
    assert skew.differs.any()
    assert skew.snapshots_of_differing == [9]
    assert changed_lines(engine, [9]) == {9: 1}


def test_answers_that_know_the_order_or_nothing_are_not_read(engine: Engine) -> None:
    publish_market(engine)
    day = AS_OF - dt.timedelta(days=2)
    nothing = dict.fromkeys(("quantity", "typical", "low", "high")) | {"status": "unknown_product", "product_id": None}
    write_log(
        engine,
        [
            answer(1, 1001, day),
            answer(1, 1001, day) | nothing,
            answer(1, 1001, day, as_of_date=day + dt.timedelta(days=1)),
            answer(1, 1001, SINCE - dt.timedelta(days=1)),
            answer(1, 1001, AS_OF),
            answer(1, 1001, AS_OF + dt.timedelta(days=400), as_of_date=AS_OF + dt.timedelta(days=1)),
            answer(1, 1001, AS_OF + dt.timedelta(days=400), as_of_date=AS_OF),
        ],
    )
    snapshot = current(engine)
    assert read_answers(engine, snapshot, SINCE, AS_OF)["line"].tolist() == [0]
    assert read_answers(engine, snapshot, SINCE)["line"].tolist() == [0, 4, 6]
    assert read_answers(engine, snapshot, SINCE, pairs=0.0).empty


def test_the_last_answer_of_a_pair_and_a_day_counts(sqlite_engine: Engine) -> None:
    publish_market(sqlite_engine)
    day, next_day = RECENT, RECENT + dt.timedelta(days=1)
    asked = [(1, 1001, day), (1, 1002, day), (1, 1001, day), (1, 1001, next_day), (1, 1002, day)]
    write_log(sqlite_engine, [answer(*one) for one in asked], per_segment=2)
    answers = read_answers(sqlite_engine, current(sqlite_engine), SINCE)
    kept = last_of_each_day(answers)
    assert kept.index.tolist() == [2, 3, 4]


def test_no_more_answers_are_read_than_memory_is_meant_for(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_market(sqlite_engine)
    write_log(sqlite_engine, [answer(1, 1001, RECENT)] * 2000)
    assert MOST_ANSWERS > 2000
    monkeypatch.setattr("training.drift.answers.MOST_ANSWERS", 500)
    assert len(read_answers(sqlite_engine, current(sqlite_engine), SINCE)) == pytest.approx(500, rel=0.25)


def test_stores_that_are_gone_are_left_out() -> None:
    past = _past_of_market()
    answers = pd.DataFrame({"store_id": [1, 10**9, 1], "product_id": [1001, 1001, 10**9]})
    assert past.known(answers).index.tolist() == [0]
