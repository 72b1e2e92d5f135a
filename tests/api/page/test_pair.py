"""One store and one product, asked in a browser."""

from __future__ import annotations

import json
import os
import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from playwright.sync_api import expect
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support.api.apps import empty_app, loaded_app, make_settings
from tests.support.api.served import HOST, served
from tests.support.api.sites import Site, market_app, site
from tests.support.api.small_market import (
    UNKNOWN_PRODUCT,
    UNKNOWN_STORE,
    body_of,
    model_in_memory,
    pairs,
    snapshot_in_memory,
)
from tests.support.api.text_market import product_text, store_text, text_snapshot
from tests.support.outcomes.known_outcomes import hand_over, known_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from tests.support.api.chromium import Watched

DATE = "2024-05-03"
STORE, PRODUCT = pairs().ordered[0]
BUTTON = "Show the quantity"
PATIENCE_MS = 30_000
"""For the first explanation, whose process starts with it."""


def predicted(market: Site, store: int = STORE, product: int = PRODUCT) -> dict[str, Any]:
    item: dict[str, Any] = market.post("/quantity/predict", body_of([(store, product)], date=DATE))["items"][0]
    return item


def address(market: Site, store: object = STORE, product: object = PRODUCT, date: str = DATE) -> str:
    return f"{market.address}?store_id={store}&product_id={product}&date={date}"


def expect_quantity(page: Page, item: dict[str, Any]) -> None:
    answer = page.locator("#answer")
    expect(answer.locator(".quantity")).to_have_text(re.compile(rf"^{item['quantity']}\s?cases?$"))
    expect(answer).to_contain_text(f"lie between {item['low']} and {item['high']} cases")
    expect(answer).to_contain_text(re.compile(rf"{item['typical']} cases?, the number most often exactly right"))


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("combobox", name=name)


def test_typing_narrows_and_what_is_chosen_is_answered(market: Site, visit: Watched) -> None:
    page = visit.page
    page.goto(market.address)
    field(page, "Store").click()
    expect(page.get_by_role("option", name="7", exact=True)).to_be_visible()
    field(page, "Store").press_sequentially("1")
    expect(page.locator("#store-list [role=option]")).to_have_text(["1", "10", "11", "12", "13"])
    field(page, "Store").press_sequentially("9")
    expect(page.get_by_text("No store begins with “19”.").first).to_be_visible()
    field(page, "Store").fill(str(STORE))
    page.get_by_role("option", name=str(STORE), exact=True).click()
    field(page, "Product").press_sequentially(str(PRODUCT))
    expect(page.locator("#product-list [role=option]")).to_have_text([str(PRODUCT)])
    page.get_by_role("option", name=str(PRODUCT)).click()
    page.locator("#date").fill(DATE)

    with page.expect_request("**/quantity/predict") as sent:
        page.get_by_role("button", name=BUTTON).click()

    expect_quantity(page, predicted(market))
    assert sent.value.post_data_json == body_of([(STORE, PRODUCT)], date=DATE, shown=True)
    assert page.url == address(market)
    expect(page.locator("#answer")).to_contain_text("Friday, 3 May 2024")
    expect(page.locator("#answer")).to_contain_text("This store has ordered this product before.")
    assert {url for url in visit.requests if not url.startswith((market.address, "blob:"))} == set()


def test_past_orders_reasons_and_the_model_are_told(market: Site, visit: Watched) -> None:
    page = visit.page
    page.goto(address(market))
    history = market.get("/quantity/history", store_id=STORE, product_id=PRODUCT, date=DATE)
    explained = market.post("/quantity/explain", body_of([(STORE, PRODUCT)], date=DATE))["items"][0]
    expected = explained["reasons"]

    expect(page.locator("#reasons li")).to_have_text(expected, timeout=PATIENCE_MS)
    way = f"From {explained['start']:.1f} cases, what the orders so far suggest, the estimate comes to "
    expect(page.locator("#reasons")).to_contain_text(f"{way}{explained['estimate']:.1f} cases")
    assert len(expected) == 5
    expect(page.locator("#history canvas")).to_be_visible()
    page.get_by_text("as a table").click()
    shown = page.locator("#history tbody td.number").all_inner_texts()
    assert shown == [str(order["quantity"]) for order in reversed(history["orders"])]
    chart = page.get_by_role("img", name="Chart of the last")
    expect(chart).to_have_accessible_name(
        re.compile(f"range {predicted(market)['low']} to {predicted(market)['high']}")
    )
    expect(page.locator("#history")).to_contain_text(f"Most frequent order{round(history['usual']['pair'])} case")
    model = page.locator("#model")
    expect(model).to_contain_text("version 1, trained 1 May 2024")
    expect(model).to_contain_text("before 30 Apr 2024")
    expect(model).to_contain_text("Not known yet")


def test_every_kind_of_mark_is_drawn(market: Site, visit: Watched) -> None:
    """The chart is a picture: its colours are looked for in it."""
    page = visit.page
    page.goto(address(market))
    expect(page.locator("#history canvas")).to_be_visible()

    counts = page.evaluate(
        """() => {
            const canvas = document.querySelector("#history canvas");
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const style = getComputedStyle(document.documentElement);
            return ["--ordered", "--predicted"].map((name) => {
                const colour = parseInt(style.getPropertyValue(name).trim().slice(1), 16);
                let found = 0;
                for (let at = 0; at < pixels.length; at += 4)
                    if ((pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]) === colour && pixels[at + 3] === 255)
                        found += 1;
                return found;
            });
        }"""
    )
    assert min(counts) > 100


def test_a_far_order_date_leaves_the_past_orders_readable(market: Site, visit: Watched) -> None:
    visit.page.goto(address(market, date="2031-05-03"))

    expect(visit.page.get_by_text("The time between the last order and the order date is shortened.")).to_be_visible()


def test_an_address_can_be_shared_and_gone_back_to(market: Site, visit: Watched) -> None:
    page, (store, product) = visit.page, pairs().ordered[40]
    page.goto(address(market))
    expect_quantity(page, predicted(market))
    field(page, "Store").fill(str(store))
    field(page, "Product").fill(str(product))
    page.get_by_role("button", name=BUTTON).click()
    expect_quantity(page, predicted(market, store, product))
    page.reload()
    expect_quantity(page, predicted(market, store, product))

    page.go_back()

    expect(field(page, "Store")).to_have_value(str(STORE))
    expect_quantity(page, predicted(market))


def test_ids_of_text_are_searched_asked_and_shared(tmp_path: Path, visit: Watched) -> None:
    page = visit.page
    with site(market_app(tmp_path, text_snapshot())) as texts:
        page.goto(texts.address)
        field(page, "Store").press_sequentially("s-00")
        expect(page.get_by_role("option")).to_have_text([store_text(number) for number in range(1, 10)])
        field(page, "Store").fill(store_text(STORE))
        field(page, "Product").fill(product_text(PRODUCT))
        page.locator("#date").fill(DATE)
        page.get_by_role("button", name=BUTTON).click()
        expect_quantity(page, predicted(texts))
        expect(page.locator("#answer")).to_contain_text(f"Store {store_text(STORE)}, product {product_text(PRODUCT)}")
        expect(page.locator("#history canvas")).to_be_visible()
        assert f"store={store_text(STORE)}&product=" in page.url
        page.reload()
        expect_quantity(page, predicted(texts))


@pytest.mark.parametrize(
    ("store", "product", "kind"),
    [(UNKNOWN_STORE, PRODUCT, "store"), (STORE, UNKNOWN_PRODUCT, "product"), ("S-1", 1, "store")],
)
def test_what_is_unknown_is_told_with_what_to_do(
    market: Site, visit: Watched, store: object, product: object, kind: str
) -> None:
    page = visit.page
    page.goto(market.address)
    field(page, "Store").fill(str(store))
    field(page, "Product").fill(str(product))
    page.get_by_role("button", name=BUTTON).click()

    answer = page.locator("#answer")
    expect(answer).to_contain_text(f"The {kind} is not known, so there is no quantity.")
    expect(answer).to_contain_text("choose one from the list")
    expect(page.locator("#history")).to_be_hidden()
    expect(page.locator("#reasons")).to_be_hidden()


def test_a_pair_that_was_never_ordered_is_estimated(market: Site, visit: Watched) -> None:
    store, product = pairs().never_ordered[0]
    visit.page.goto(address(market, store, product))

    expect_quantity(visit.page, predicted(market, store, product))
    expect(visit.page.locator("#answer")).to_contain_text("estimated from similar stores and products")
    expect(visit.page.locator("#history")).to_contain_text("This store has not ordered this product yet.")


def test_a_service_that_is_not_ready_is_waited_for(tmp_path: Path, visit: Watched) -> None:
    app = empty_app(make_settings(tmp_path))
    visit.expected.append("503")
    page = visit.page
    with site(app) as waiting:
        page.goto(address(waiting))
        expect(page.locator("#notice")).to_contain_text("make run")
        expect(page.locator("#notice")).to_contain_text("asks again every few seconds")
        expect(page.locator("#answer")).to_be_hidden()
        app.models.value, app.snapshots.value = model_in_memory(), snapshot_in_memory()
        app.look()

        expect(page.locator("#answer")).to_be_visible(timeout=10_000)
        expect_quantity(page, predicted(waiting))
        expect(page.locator("#model")).to_contain_text("version 1", timeout=10_000)
        expect(page.locator("#notice")).to_be_hidden()


def test_a_service_that_is_restarted_is_waited_for(tmp_path: Path, visit: Watched) -> None:
    visit.expected.append("net::ERR")
    page = visit.page
    with site(market_app(tmp_path)) as market:
        page.goto(market.address)
        expect(page.locator("#model")).to_contain_text("version 1")
        field(page, "Store").fill(str(STORE))
        field(page, "Product").fill(str(PRODUCT))
        page.locator("#date").fill(DATE)
        page.context.set_offline(True)
        page.get_by_role("button", name=BUTTON).click()
        expect(page.locator("#notice")).to_contain_text("the service cannot be reached")

        page.context.set_offline(False)

        expect(page.locator("#answer")).to_be_visible(timeout=10_000)
        expect_quantity(page, predicted(market))


def test_without_past_orders_the_reason_stands_in_the_chart_s_place(tmp_path: Path, visit: Watched) -> None:
    with site(loaded_app(make_settings(tmp_path, api_history_orders=0))) as market:
        visit.page.goto(address(market))

        expect(visit.page.locator("#history")).to_contain_text("past orders are not kept: API_HISTORY_ORDERS is 0")
        expect(visit.page.locator("#history")).to_contain_text("Usual packs")
        expect_quantity(visit.page, predicted(market))


def test_reasons_that_cannot_be_had_disturb_nothing(market: Site, visit: Watched) -> None:
    page = visit.page
    visit.expected.append("net::ERR_FAILED")
    page.route("**/quantity/explain", lambda route: route.abort())
    page.goto(address(market))

    expect(page.locator("#reasons")).to_contain_text("There are no reasons to show now")
    expect_quantity(page, predicted(market))
    expect(page.locator("#history canvas")).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()
    page.unroute("**/quantity/explain")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator("#reasons li")).to_have_count(5, timeout=PATIENCE_MS)


def test_a_chart_that_cannot_be_drawn_disturbs_nothing(market: Site, visit: Watched) -> None:
    visit.expected.append("net::ERR_FAILED")
    visit.page.route("**/uPlot*.js", lambda route: route.abort())
    visit.page.goto(address(market))

    expect(visit.page.locator("#history")).to_contain_text("The chart cannot be drawn")
    expect(visit.page.get_by_text("as a table")).to_be_visible()
    expect_quantity(visit.page, predicted(market))


def test_live_accuracy_is_told_in_words(tmp_path: Path, visit: Watched) -> None:
    app = market_app(tmp_path)
    with site(app) as market:
        hand_over(app.service.settings, known_outcomes(["1"]))
        windows = market.get("/quantity/model")["live"]
        visit.page.goto(market.address)

        told = visit.page.locator("#model dd p")
        expect(told).to_have_count(len(windows))
        for at, window in enumerate(windows):
            expect(told.nth(at)).to_contain_text(f"In the last {window['days']} scored days")
            expect(told.nth(at)).to_contain_text(f"{window['coverage']:.0%}".replace("%", " % fell into the range"))


def test_an_incomplete_question_is_refused_at_its_field(market: Site, visit: Watched) -> None:
    page = visit.page
    page.goto(market.address)
    field(page, "Product").fill(str(PRODUCT))
    page.get_by_role("button", name=BUTTON).click()

    expect(page.locator("#store-fault")).to_have_text("Which store? Type its number, or choose it from the list.")
    expect(field(page, "Store")).to_be_focused()
    expect(field(page, "Store")).to_have_attribute("aria-invalid", "true")
    assert [url for url in visit.requests if "predict" in url] == []


def test_a_date_of_the_address_that_is_none_is_told(market: Site, visit: Watched) -> None:
    visit.page.goto(address(market, date="nonsense"))

    expect(visit.page.locator("#date-fault")).to_contain_text(
        "“nonsense”, which is no day as YYYY-MM-DD. Choose a date."
    )
    assert [url for url in visit.requests if "predict" in url] == []


def test_what_the_endpoint_refuses_is_told_with_place_and_reason(market: Site, visit: Watched) -> None:
    """Only an address can ask it: the fields let nothing of the kind through."""
    visit.expected.append("422")
    visit.page.goto(f"{market.address}?store={'x' * 65}&product_id={PRODUCT}")

    faults = visit.page.locator("#pair-faults")
    expect(faults).to_contain_text("pair 1, store")
    expect(faults).to_contain_text("64 characters")
    expect(faults).to_contain_text("Correct it and ask again.")


def test_all_can_be_done_with_the_keyboard(market: Site, visit: Watched) -> None:
    page = visit.page
    page.goto(market.address)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("tab", name="A single order")).to_be_focused()
    page.keyboard.press("Tab")
    store = field(page, "Store")
    expect(store).to_be_focused()
    page.keyboard.type("1")
    expect(page.locator("#store-list [role=option]")).to_have_count(5)
    expect(store).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    active = store.get_attribute("aria-activedescendant")
    expect(page.locator(f"#{active}")).to_have_text("10")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(store).to_have_value("1")
    expect(store).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Tab")
    page.keyboard.type(str(PRODUCT))
    expect(page.locator("#product-list [role=option]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#product-list")).to_be_hidden()
    page.keyboard.press("Enter")

    expect(page.locator("#answer")).to_contain_text(f"Store 1, product {PRODUCT}")
    expect(page.locator("#pair-said")).to_contain_text(f"cases for store 1, product {PRODUCT}")
    page.get_by_role("tab", name="A single order").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="A whole list")).to_be_focused()
    expect(page.get_by_label("Stores and products, one pair a line")).to_be_visible()


@pytest.fixture(params=["mounted", "root path"])
def below(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A service below `/orders`."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ))
        if request.param == "root path":
            found = stack.enter_context(site(market_app(tmp_path, root_path="/orders")))
            yield Site(found.app, f"{found.address}orders/")
        else:
            app = stack.enter_context(site(market_app(tmp_path))).app
            port = stack.enter_context(served(Starlette(routes=[Mount("/orders", app.api)])))
            yield Site(app, f"http://{HOST}:{port}/orders/")


def test_it_works_below_a_path(below: Site, visit: Watched) -> None:
    visit.page.goto(address(below))

    expect_quantity(visit.page, predicted(below))
    expect(visit.page.locator("#history canvas")).to_be_visible()
    assert [url for url in visit.requests if not url.startswith(below.address)] == []
    visit.page.get_by_role("link", name="the API").click()
    expect(visit.page).to_have_title(re.compile("Swagger UI"))


def test_what_is_asked_is_json_that_the_endpoint_reads(market: Site, visit: Watched) -> None:
    """Text that looks like code stays text, in what is sent and in what is shown."""
    name = '<img src=x onerror=alert(1)>"\\'
    visit.page.goto(market.address)
    field(visit.page, "Store").fill(name)
    field(visit.page, "Product").fill(str(PRODUCT))
    with visit.page.expect_request("**/quantity/predict") as sent:
        visit.page.get_by_role("button", name=BUTTON).click()

    assert json.loads(sent.value.post_data or "")["input"] == [{"store": name, "product_id": PRODUCT}]
    expect(visit.page.locator("#answer")).to_contain_text(name)
    assert visit.page.locator("#answer img").count() == 0
