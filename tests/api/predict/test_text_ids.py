"""`POST /quantity/predict` where stores and products have ids that are text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from quantity.raw import FIRST_TEXT_ID
from tests.support.api.apps import App, make_settings, running
from tests.support.api.small_market import (
    UNKNOWN_PRODUCT,
    UNKNOWN_STORE,
    body_of,
    model_in_memory,
    pairs,
)
from tests.support.api.text_market import GONE, product_text, store_text, text_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator


URL = "/quantity/predict"
STORE, PRODUCT = pairs().ordered[0]


@pytest.fixture(scope="module")
def text_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(make_settings(tmp_path_factory.mktemp("texts")), model_in_memory(), text_snapshot())
    with running(app):
        yield app


def items(app: App, *asked: dict[str, Any], date: str = "2024-06-01") -> list[dict[str, Any]]:
    answer = app.client.post(URL, json={"input": asked, "date": date})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    assert answer.json()["predictions"] == [item["quantity"] for item in found]
    return found


def test_text_gets_the_answer_of_its_number_and_is_given_back(text_app: App) -> None:
    every = pairs().ordered + pairs().never_ordered
    by_number = items(text_app, *({"store_id": s, "product_id": p} for s, p in every))

    by_text = items(text_app, *({"store": store_text(s), "product": product_text(p)} for s, p in every))

    expected = [
        item | {"store": store_text(s), "product": product_text(p)}
        for item, (s, p) in zip(by_number, every, strict=True)
    ]
    assert by_text == expected


def test_numbers_and_texts_may_be_mixed(text_app: App) -> None:
    (plain,) = items(text_app, {"store_id": STORE, "product_id": PRODUCT})

    mixed = items(
        text_app,
        {"store_id": STORE, "product_id": PRODUCT},
        {"store": store_text(STORE), "product_id": PRODUCT},
        {"store_id": STORE, "product": product_text(PRODUCT)},
    )

    assert mixed == [plain, plain | {"store": store_text(STORE)}, plain | {"product": product_text(PRODUCT)}]


def test_blanks_around_a_text_do_not_belong_to_it(text_app: App) -> None:
    blank = f" {store_text(STORE)}\t"

    (item,) = items(text_app, {"store": blank, "product_id": PRODUCT})

    assert (item["store"], item["store_id"], item["status"]) == (blank, STORE, "ok")


@pytest.mark.parametrize(
    ("asked", "status", "ids"),
    [
        ({"store": "S-999", "product_id": PRODUCT}, "unknown_store", (None, PRODUCT)),
        ({"store": "s-001", "product_id": PRODUCT}, "unknown_store", (None, PRODUCT)),
        ({"store": " ", "product_id": PRODUCT}, "unknown_store", (None, PRODUCT)),
        ({"store_id": STORE, "product": "nothing"}, "unknown_product", (STORE, None)),
        ({"store": "S-999", "product": "nothing"}, "unknown_store", (None, None)),
        ({"store": GONE, "product_id": PRODUCT}, "unknown_store", (FIRST_TEXT_ID + 77, PRODUCT)),
        ({"store": str(UNKNOWN_STORE), "product": str(UNKNOWN_PRODUCT)}, "unknown_store", (999, 9999)),
    ],
)
def test_an_unknown_text_has_no_quantity(
    text_app: App, asked: dict[str, Any], status: str, ids: tuple[int | None, int | None]
) -> None:
    (item,) = items(text_app, asked)

    assert (item["status"], item["quantity"]) == (status, None)
    assert (item["store_id"], item["product_id"]) == ids
    assert {name: item[name] for name in asked} == asked


def test_where_ids_are_numbers_their_text_asks_for_the_same(shared_app: App) -> None:
    (by_number,) = items(shared_app, {"store_id": STORE, "product_id": PRODUCT})

    (by_text,) = items(shared_app, {"store": str(STORE), "product": f"0{PRODUCT}"})

    assert by_text == by_number | {"store": str(STORE), "product": f"0{PRODUCT}"}


def test_with_keys_or_without_an_answer_to_numbers_is_the_same_bytes(text_app: App, shared_app: App) -> None:
    body = body_of([*pairs().ordered, (UNKNOWN_STORE, PRODUCT), (FIRST_TEXT_ID, FIRST_TEXT_ID)], date="2024-06-01")

    assert text_app.client.post(URL, json=body).content == shared_app.client.post(URL, json=body).content


def test_a_large_request_by_text_is_answered_as_small_ones_are(text_app: App) -> None:
    every = [{"store": store_text(s), "product": product_text(p)} for s, p in pairs().ordered]
    large = (every * 100)[:10_000]

    answered = items(text_app, *large)

    assert answered[: len(every)] == [item for pair in every for item in items(text_app, pair)]
    assert len(answered) == 10_000
