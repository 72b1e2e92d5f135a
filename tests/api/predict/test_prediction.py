"""What `POST /quantity/predict` answers."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, get_args
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fastapi.testclient import TestClient
from msgspec.json import decode
from prometheus_client import CollectorRegistry

from api.predict.route import LARGE_BODY_BYTES, PredictRoute
from api.predict.schema import ENCODER, PredictResponse, Status
from api.serving.memory import checked_pair
from api.status.prediction_metrics import PredictionMetrics
from quantity.features.definitions import INPUTS
from quantity.online.statuses import STATUSES
from tests.support.api.apps import loaded_app, make_settings, running
from tests.support.api.small_market import (
    QUIET_PRODUCT,
    QUIET_STORE,
    UNKNOWN_PRODUCT,
    UNKNOWN_STORE,
    body_of,
    feature_set,
    features_on_next_day,
    model,
    model_in_memory,
    pairs,
    snapshot_in_memory,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.api.apps import App

URL = "/quantity/predict"
EVERY_PAIR = pairs().ordered + pairs().never_ordered


def predict(app: App, wanted: list[tuple[int, int]], **fields: object) -> PredictResponse:
    answer = app.client.post(URL, json=body_of(wanted, **fields))
    assert answer.status_code == 200, answer.text
    # Strict: the bytes are what the documented schema says, with no field more.
    return decode(answer.content, type=PredictResponse)


def test_the_documented_example_is_answered(shared_app: App) -> None:
    document = shared_app.client.get("/openapi.json").json()
    operation = document["paths"][URL]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]

    answer = shared_app.client.post(URL, json=example)

    assert example["date"] == "string"
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert next(iter(answer.json())) == "predictions"
    assert answer.json()["predictions"] == [None, None]
    assert answer.json()["date"] == dt.datetime.now(dt.UTC).date().isoformat()


def test_answers_are_those_of_the_model_on_the_features_of_the_next_order(shared_app: App) -> None:
    store_id, product_id = np.array(EVERY_PAIR).T
    expected = model().answer(features_on_next_day(store_id, product_id)[list(INPUTS)])

    response = predict(shared_app, EVERY_PAIR, date=feature_set().as_of.isoformat())

    assert response.predictions == expected.quantity.tolist()
    assert [item.quantity for item in response.items] == expected.quantity.tolist()
    assert [item.typical for item in response.items] == expected.typical.tolist()
    assert [item.low for item in response.items] == expected.low.tolist()
    assert [item.high for item in response.items] == expected.high.tolist()
    assert response.as_of == feature_set().as_of


def test_answers_are_in_the_order_of_the_request(shared_app: App) -> None:
    shuffled = random.Random(3).sample(EVERY_PAIR, len(EVERY_PAIR))
    by_pair = {
        (item.store_id, item.product_id): item for item in predict(shared_app, EVERY_PAIR, date="2024-05-05").items
    }

    response = predict(shared_app, shuffled, date="2024-05-05")

    assert [(item.store_id, item.product_id) for item in response.items] == shuffled
    assert response.items == [by_pair[pair] for pair in shuffled]


def test_each_kind_of_pair_has_its_status(shared_app: App) -> None:
    ordered, never_ordered = pairs().ordered[0], pairs().never_ordered[0]
    wanted = [
        ordered,
        never_ordered,
        (QUIET_STORE, ordered[1]),
        (ordered[0], QUIET_PRODUCT),
        (UNKNOWN_STORE, ordered[1]),
        (ordered[0], UNKNOWN_PRODUCT),
        (UNKNOWN_STORE, UNKNOWN_PRODUCT),
        (2**31 - 1, 2**31 - 1),
    ]

    response = predict(shared_app, wanted)

    assert [item.status for item in response.items] == [
        "ok",
        "cold_start",
        "cold_start",
        "cold_start",
        "unknown_store",
        "unknown_product",
        "unknown_store",
        "unknown_store",
    ]
    for prediction, item in zip(response.predictions, response.items, strict=True):
        assert prediction == item.quantity
        if item.status.startswith("unknown"):
            assert (item.quantity, item.typical, item.low, item.high) == (None, None, None, None)
        else:
            assert item.low is not None
            assert item.quantity is not None
            assert item.typical is not None
            assert item.high is not None
            assert 1 <= item.low <= item.quantity <= item.high
            assert item.low <= item.typical <= item.high


def test_a_request_of_nothing_but_unknown_pairs_is_answered(shared_app: App) -> None:
    assert predict(shared_app, [(UNKNOWN_STORE, 1)] * 3).predictions == [None, None, None]


def test_a_pair_asked_twice_is_answered_twice(shared_app: App) -> None:
    first, second = pairs().ordered[:2]

    items = predict(shared_app, [first, second, first]).items

    assert items[0] == items[2]
    assert (items[1].store_id, items[1].product_id) == second


def test_large_requests_get_the_same_answers_as_small_ones(shared_app: App) -> None:
    large = (EVERY_PAIR * 30)[:10_000]
    assert len(str(body_of(large))) > LARGE_BODY_BYTES

    response = predict(shared_app, large, date="2024-05-05")

    small = [predict(shared_app, large[i : i + 50], date="2024-05-05").predictions for i in (0, 200)]
    assert len(response.predictions) == 10_000
    assert [response.predictions[0:50], response.predictions[200:250]] == small


@pytest.mark.parametrize("date", [{}, {"date": None}, {"date": "string"}])
def test_a_date_left_out_is_today(shared_app: App, date: dict[str, object]) -> None:
    metrics = PredictionMetrics(CollectorRegistry())
    route = PredictRoute(shared_app.service, metrics, today=lambda: dt.date(2031, 2, 3))

    answer = route.answer(
        ENCODER.encode(body_of(pairs().ordered[:1], **date)), checked_pair(model_in_memory(), snapshot_in_memory())
    )

    assert decode(answer.body, type=PredictResponse).date == dt.date(2031, 2, 3)
    assert len(answer.predictions.status) == 1


def test_today_is_the_day_of_the_time_zone(tmp_path: Path) -> None:
    """At any hour it is another day 14 hours east than 11 hours west of Greenwich."""
    dates = []
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        app = loaded_app(make_settings(tmp_path / zone, time_zone=zone))
        with running(app):
            before = dt.datetime.now(ZoneInfo(zone)).date()
            dates.append(predict(app, EVERY_PAIR[:1]).date)
        assert before <= dates[-1] <= dt.datetime.now(ZoneInfo(zone)).date()
    assert dates[0] > dates[1]


def test_the_first_request_inside_is_not_counted(shared_app: App) -> None:
    registry = CollectorRegistry()
    route = PredictRoute(shared_app.service, PredictionMetrics(registry))

    route.warm_up(checked_pair(model_in_memory(), snapshot_in_memory()))

    assert registry.get_sample_value("quantity_request_pairs_count") == 0


@pytest.mark.parametrize("date", ["2024-02-29", "0001-01-01", "9999-12-31"])
def test_any_day_of_the_calendar_is_answered(shared_app: App, date: str) -> None:
    response = predict(shared_app, EVERY_PAIR[:5], date=date)

    assert response.date.isoformat() == date
    assert response.as_of == feature_set().as_of


def test_the_calendar_is_that_of_the_requested_date(shared_app: App) -> None:
    """Up to the snapshot's as-of date nothing ages: only the calendar tells these days apart."""
    rows = features_on_next_day(*np.array(EVERY_PAIR).T)
    days = [feature_set().as_of - dt.timedelta(days) for days in range(40)]
    expected = {}
    for day in days:
        calendar = {"checkout_dow": day.weekday(), "checkout_day": day.day, "checkout_month": day.month}
        of_the_day = rows.assign(**{name: float(value) for name, value in calendar.items()})
        expected[day] = model().answer(of_the_day[list(INPUTS)]).quantity.tolist()
    assert len({tuple(answers) for answers in expected.values()}) > 1, "the model reads the calendar"

    assert {day: predict(shared_app, EVERY_PAIR, date=day.isoformat()).predictions for day in days} == expected


def test_the_answer_names_the_model_version(shared_app: App) -> None:
    answered_by = predict(shared_app, EVERY_PAIR[:1]).model

    assert (answered_by.name, answered_by.version) == ("quantity", "1")


def test_the_documented_statuses_are_those_that_there_are() -> None:
    assert get_args(Status) == STATUSES


def test_the_content_type_of_a_request_does_not_matter(shared_app: App) -> None:
    answer = shared_app.client.post(
        URL, content=b'{"input": [{"store_id": 1, "product_id": 101}]}', headers={"content-type": "text/plain"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("shown", [True, False])
def test_whether_it_is_shown_does_not_change_the_answer(shared_app: App, *, shown: bool) -> None:
    body = body_of(EVERY_PAIR[:5], date="2024-05-05")

    answer = shared_app.client.post(URL, json=body | {"shown": shown})

    assert (answer.status_code, answer.content) == (200, shared_app.client.post(URL, json=body).content)


@pytest.mark.parametrize("pairs_asked", [EVERY_PAIR[:3], [(0, 0)]])
def test_behind_a_prefix_the_same_is_answered(shared_app: App, pairs_asked: list[tuple[int, int]]) -> None:
    body = body_of(pairs_asked, date="2024-05-05")
    prefixed = TestClient(shared_app.api, root_path="/shop").post(f"/shop{URL}", json=body)
    direct = shared_app.client.post(URL, json=body)

    assert (prefixed.status_code, prefixed.content) == (direct.status_code, direct.content)
