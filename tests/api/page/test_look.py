"""How the page looks: on narrow and wide screens, light and dark, with enough contrast."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.api.chromium import watched
from tests.support.api.small_market import UNKNOWN_STORE, pairs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.api.sites import Site

STORE, PRODUCT = pairs().ordered[0]
DATE = "2024-05-03"
TEXT, MARKS = 4.5, 3.0
"""Least contrast of text, and of what is not text, for WCAG AA."""

LOW_CONTRASTS = """least => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const ground = (element) => {
        for (; element; element = element.parentElement) {
            const colour = numbers(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
            if (colour[3] !== 0) throw new Error("a translucent ground");
        }
        throw new Error("no ground");
    };
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let texts = 0;
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const isDisabled = element.closest(":disabled");
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || isDisabled) continue;
        texts += 1;
        const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < least) found.push(walker.currentNode.data);
    }
    if (texts < 10) throw new Error(`${texts} texts`);
    return found;
}"""


def pair_view(page: Page, market: Site) -> None:
    page.goto(f"{market.address}?store_id={STORE}&product_id={PRODUCT}&date={DATE}")
    expect(page.locator("#history canvas")).to_be_visible()
    page.get_by_text("as a table").click()


def unknown_view(page: Page, market: Site) -> None:
    page.goto(f"{market.address}?store_id={UNKNOWN_STORE}&product_id={PRODUCT}&date={DATE}")
    expect(page.locator("#answer")).to_contain_text("not known")


def search_view(page: Page, market: Site) -> None:
    page.goto(market.address)
    page.get_by_role("combobox", name="Store").press_sequentially("1")
    expect(page.locator("#store-list [role=option]")).to_have_count(5)
    page.keyboard.press("ArrowDown")


def list_view(page: Page, market: Site) -> None:
    page.goto(f"{market.address}?mode=table")
    page.wait_for_load_state("networkidle")
    lines = [*(f"{store},{product}" for store, product in pairs().ordered), f"{'long' * 16},101"]
    page.locator("#pairs").fill("\n".join(reversed(lines)))
    page.get_by_role("button", name="Show the quantities").click()
    expect(page.locator("#table-result tbody tr").first).to_be_visible()


def fault_view(page: Page, market: Site) -> None:
    page.goto(f"{market.address}?mode=table")
    page.wait_for_load_state("networkidle")
    page.locator("#pairs").fill("STORE_ID,PRODUCT_ID\n1,\n")
    page.get_by_role("button", name="Show the quantities").click()
    expect(page.locator("#table-faults")).to_be_visible()


VIEWS = [pair_view, unknown_view, search_view, list_view, fault_view]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_it_is_readable(browser: Browser, market: Site, view: object, scheme: str, width: int) -> None:
    assert callable(view)
    with watched(browser, viewport={"width": width, "height": 800}, color_scheme=scheme, locale="en-GB") as visit:
        view(visit.page, market)

        assert visit.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert visit.page.evaluate(LOW_CONTRASTS, TEXT) == []


def test_the_structure_is_told_to_those_who_hear_it(browser: Browser, market: Site) -> None:
    with watched(browser) as visit:
        pair_view(visit.page, market)

        assert visit.page.locator("h1").count() == 1
        assert visit.page.get_attribute("html", "lang") == "en"
        for control in visit.page.locator("input, textarea, select, button").all():
            assert (
                control.evaluate("each => (each.labels?.length || each.innerText.trim()) ? '' : each.outerHTML") == ""
            )
        dangling = visit.page.evaluate(
            """() => ["aria-controls", "aria-describedby", "aria-labelledby", "for"].flatMap((name) =>
                [...document.querySelectorAll(`[${name}]`)].flatMap((each) => each.getAttribute(name).split(" "))
            ).filter((id) => !document.getElementById(id))"""
        )
        assert set(dangling) <= {"model-title", "answer-title", "history-title", "reasons-title", "table-title"}
        assert "table-title" in dangling, "it names a list's answers once there are some"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def schemes() -> dict[str, dict[str, str]]:
    text = (resources.files("api.page") / "static" / "colours.css").read_text()
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", part)) for part in text.split("@media"))
    assert set(light) == set(dark)
    return {"light": light, "dark": dark}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("mark", "ground", "least"),
    [
        *((mark, "surface", MARKS) for mark in ("edge", "focus", "ordered", "predicted", "accent")),
        ("edge", "ground", MARKS),
        ("focus", "ground", MARKS),
        ("quiet", "surface", TEXT),
        ("text", "raised", TEXT),
        ("fault", "surface", TEXT),
        ("fault", "fault-ground", TEXT),
        ("notice", "notice-ground", TEXT),
    ],
)
def test_marks_and_words_stand_out(scheme: str, mark: str, ground: str, least: float) -> None:
    """Of what a picture or a state has, and the texts of a page do not tell."""
    colours = schemes()[scheme]

    assert contrast(colours[mark], colours[ground]) >= least
