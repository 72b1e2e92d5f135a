"""A whole list of stores and products, pasted or from a file, asked in a browser."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from playwright.sync_api import expect

from tests.support.api.sites import market_app, site
from tests.support.api.small_market import PRODUCTS, STORES, UNKNOWN_STORE, body_of, pairs

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.support.api.chromium import Watched
    from tests.support.api.sites import Site

DATE = "2024-05-03"
BUTTON = "Show the quantities"
COLUMNS = ["STORE_ID", "PRODUCT_ID", "DATE", "QUANTITY", "TYPICAL", "LOW", "HIGH", "STATUS", "AS_OF", "MODEL_VERSION"]

pytestmark = pytest.mark.filterwarnings(
    "ignore:Workbook contains no default style"  # the spreadsheet writer's; programs have their own
)


def opened(visit: Watched, market: Site) -> Page:
    visit.page.goto(f"{market.address}?mode=table")
    visit.page.locator("#table-date").fill(DATE)
    expect(visit.page.get_by_role("button", name=BUTTON)).to_be_visible()
    visit.page.wait_for_load_state("networkidle")
    return visit.page


def upload(page: Page, content: bytes, name: str = "pairs.csv") -> None:
    page.get_by_label("Or a CSV file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def paste(page: Page, text: str) -> None:
    page.get_by_label("Stores and products, one pair a line").fill(text)
    page.get_by_role("button", name=BUTTON).click()


def saved(page: Page, button: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return download.value.path().read_bytes()


def many_pairs(number: int) -> list[tuple[int, int]]:
    """Pairs of every kind, some unknown, some more than once."""
    rng = np.random.default_rng(11)
    stores, products = rng.choice([*STORES, UNKNOWN_STORE], number), rng.choice(PRODUCTS, number)
    return list(zip(stores.tolist(), products.tolist(), strict=True))


def test_a_file_of_5000_pairs_is_answered_as_by_the_endpoint(market: Site, visit: Watched) -> None:
    asked = many_pairs(5_000)
    page = opened(visit, market)
    upload(page, "\r\n".join(["STORE_ID,PRODUCT_ID", *(f"{s},{p}" for s, p in asked)]).encode())
    expected = market.post("/quantity/predict", body_of(asked, date=DATE))["items"]

    expect(page.locator("#list-read")).to_have_text("pairs.csv: 5,000 pairs.")
    expect(page.locator("#table-result")).to_be_visible()
    assert len([url for url in visit.requests if "predict" in url]) == 3, "2,000 at a time"
    quantities = [item["quantity"] for item in expected]
    totals = page.locator(".totals dd").all_inner_texts()
    never = sum(item["status"] == "cold_start" for item in expected)
    assert totals == [f"{n:,}" for n in (5_000, sum(filter(None, quantities)), never, quantities.count(None))]
    assert quantities.count(None) > 100
    expect(page.locator("#table-result tbody tr")).to_have_count(100)
    page.get_by_role("button", name="Next 100").click()
    second = page.locator("#table-result tbody tr").first.locator("td").all_inner_texts()
    assert second[:3] == [str(asked[100][0]), str(asked[100][1]), told(quantities[100])]

    rows = list(csv.DictReader(io.StringIO(saved(page, "Save as CSV").decode("utf-8-sig"))))
    assert list(rows[0]) == COLUMNS
    assert [(int(row["STORE_ID"]), int(row["PRODUCT_ID"])) for row in rows] == asked
    for column in ("quantity", "typical", "low", "high", "status"):
        assert [row[column.upper()] for row in rows] == [told(item[column], "") for item in expected]
    assert {(row["DATE"], row["MODEL_VERSION"]) for row in rows} == {(DATE, "1")}

    sheet = load_workbook(io.BytesIO(saved(page, "Save as Excel"))).active
    assert sheet is not None
    cells = list(sheet.iter_rows(values_only=True))
    assert list(cells[0]) == COLUMNS
    for row, (store, product), item in zip(cells[1:], asked, expected, strict=True):
        assert row[:2] == (store, product)
        assert str(row[2])[:10] == DATE
        assert list(row[3:8]) == [item[name] for name in ("quantity", "typical", "low", "high", "status")]


def told(value: int | str | None, nothing: str = "\u2013") -> str:
    return nothing if value is None else str(value)


def test_some_of_the_answers_can_be_looked_at(market: Site, visit: Watched) -> None:
    page = opened(visit, market)
    paste(page, f"store,product\n{pairs().ordered[0][0]},{pairs().ordered[0][1]}\n{UNKNOWN_STORE},101\n")
    page.get_by_label("Show", exact=True).select_option(label="store not known")

    expect(page.locator("#table-result tbody tr")).to_have_count(1)
    expect(page.locator("#table-result tbody td").first).to_have_text(str(UNKNOWN_STORE))
    expect(page.locator("#table-result tbody td").last).to_have_text("store not known")


@pytest.mark.parametrize(
    "lines",
    [
        ["STORE_ID,PRODUCT_ID", "1,102", "2,103"],
        ["store_id;product_id", "1;102", "2;103"],
        ["Store\tProduct", "1\t102", "2\t103"],
        ["PRODUCT_ID,note,STORE_ID", '102,"a, b",1', '103,"two\nlines",2'],
        ["1,102", "2,103"],
        ["1\t102", "", "2\t103", "", ""],
        ['"Store ID";"Product ID"', ' 1 ;"102"', "2;103 "],
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_lists_are_read_as_spreadsheets_write_them(
    market: Site, visit: Watched, lines: list[str], encoding: str
) -> None:
    page = opened(visit, market)

    with page.expect_request("**/quantity/predict") as sent:
        upload(page, "\r\n".join(lines).encode(encoding))

    assert sent.value.post_data_json == body_of([(1, 102), (2, 103)], date=DATE, shown=True)
    expect(page.locator("#table-result tbody tr")).to_have_count(2)
    if "1" in lines[0]:
        expect(page.locator("#list-read")).to_contain_text("it is taken as a pair: the store first, then the product")


def workbook() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


NONSENSE: dict[str, tuple[bytes, list[str]]] = {
    "nothing": (b"", ["there are no pairs"]),
    "blank lines": (b"\n\n ,\n", ["there are no pairs"]),
    "names alone": (b"STORE_ID,PRODUCT_ID\n", ["no pair below the names of the columns"]),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ["the file is no text: choose a CSV file"]),
    "a workbook": (workbook(), ["save the sheet as CSV, and choose that"]),
    "one column": (b"1\n2\n", ["line 1: one value where a store and a product are needed"]),
    "a letter": (b"Dear planners,\nplease order more tea.\n", ["line 2: no product"]),
    "other columns": (b"a,b,c\n1,2,3\n", ["line 1: 3 columns, and none is called STORE_ID or PRODUCT_ID"]),
    "no product column": (b"STORE_ID,ARTICLE\n1,2\n", ["line 1: no column for the product: call it PRODUCT_ID"]),
    "gaps": (b"STORE_ID,PRODUCT_ID\n1,102\n,103\n2,\n", ["2 faults", "line 3: no store", "line 4: no product"]),
    "a long id": (b"store,product\n1," + b"x" * 65, ["line 2: the product\u2019s id has more than 64 characters"]),
    "too many values": (b"store,product\n1,2,3\n", ["line 2: 3 values where 2 are expected"]),
    "a quote": (b'store,product\n1,2\n1,"2\n', ["line 3: a quotation mark is not closed"]),
    "many faults": (b"store,product\n" + b",1\n" * 1_000, ["1,000 faults", "line 21: no store", "and 980 more"]),
    "too many": (b"1,2\n" * 100_001, ["100,001 pairs, and at most 100,000"]),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_refused_with_place_and_reason_and_nothing_is_asked(
    market: Site, visit: Watched, name: str
) -> None:
    content, reasons = NONSENSE[name]
    page = opened(visit, market)
    upload(page, content)

    for reason in reasons:
        expect(page.locator("#table-faults")).to_contain_text(reason)
    expect(page.locator("#table-faults")).to_contain_text("Nothing was asked. Correct the list and ask again.")
    expect(page.locator("#table-faults li")).to_have_count(min(20, fault_count(page)))
    expect(page.locator("#table-result")).to_be_hidden()
    assert [url for url in visit.requests if "predict" in url] == []


def fault_count(page: Page) -> int:
    title = page.locator("#table-faults p").first.inner_text()
    found = re.search(r"([\d,]+) faults?", title)
    return int(found.group(1).replace(",", "")) if found else 1


def test_a_list_is_asked_within_the_service_s_limits(tmp_path: Path, visit: Watched) -> None:
    with site(market_app(tmp_path, api_max_pairs=7, api_max_body_bytes=300)) as small:
        page = opened(visit, small)
        asked = (pairs().ordered * 2)[:60]
        text = "".join(f"{store},{product}\n" for store, product in asked) + f"{'ü' * 64},{'€' * 64}\n"
        bodies: list[Any] = []
        page.on("request", lambda sent: bodies.append(sent.post_data or "") if "predict" in sent.url else None)
        paste(page, text.replace("€" * 64, "€" * 10))

        expect(page.locator(".totals dd").first).to_have_text("61")
    assert max(len(body.encode()) for body in bodies) <= 300
    assert len(bodies) >= 9


def test_a_list_without_a_date_is_for_one_day(tmp_path: Path, visit: Watched) -> None:
    with site(market_app(tmp_path, api_max_pairs=2)) as small:
        page = opened(visit, small)
        page.locator("#table-date").fill("")
        bodies: list[Any] = []
        page.on("request", lambda sent: bodies.append(sent.post_data_json) if "predict" in sent.url else None)
        paste(page, "1,102\n2,103\n3,104\n")
        expect(page.locator("#table-result tbody tr")).to_have_count(3)
        today = str(small.app.service.settings.today())

    assert [body["date"] for body in bodies] == [None, today]


def test_what_looks_like_a_formula_is_none_in_a_spreadsheet(market: Site, visit: Watched) -> None:
    formula = '=HYPERLINK("x";"y")'
    ids = [formula, "+1", "-1", "@sum", "plain"]
    page = opened(visit, market)
    file = io.StringIO()
    csv.writer(file).writerows([["STORE_ID", "PRODUCT_ID"], *([text, "101"] for text in ids)])
    paste(page, file.getvalue())
    expect(page.locator("#table-result tbody td").first).to_have_text(formula)

    rows = list(csv.DictReader(io.StringIO(saved(page, "Save as CSV").decode("utf-8-sig"))))
    assert [row["STORE_ID"] for row in rows] == [*(f"'{text}" for text in ids[:-1]), "plain"]
    sheet = load_workbook(io.BytesIO(saved(page, "Save as Excel"))).active
    assert sheet is not None
    cells = [sheet.cell(row, 1) for row in range(2, 7)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in ids]


def test_a_long_list_can_be_stopped(market: Site, visit: Watched) -> None:
    page = opened(visit, market)
    visit.expected.append("net::ERR")
    asked: list[str] = []
    page.route("**/quantity/predict", lambda _: asked.append("never answered"))
    paste(page, "".join(f"{s},{p}\n" for s, p in pairs().ordered))
    expect(page.locator("#progress-said")).to_contain_text("0 of ")
    page.get_by_role("button", name="Stop").click()

    expect(page.locator("#table-progress")).to_be_hidden()
    expect(page.locator("#table-said")).to_have_text("Stopped.")
    expect(page.locator("#table-faults")).to_be_hidden()
    assert len(asked) == 1


def test_a_list_waits_for_a_service_that_cannot_be_reached(market: Site, visit: Watched) -> None:
    visit.expected.append("net::ERR")
    page = opened(visit, market)
    paste(page, "1,102\n")
    expect(page.locator("#table-result tbody tr")).to_have_count(1)
    page.context.set_offline(True)
    paste(page, "1,102\n2,103\n")
    expect(page.locator("#notice")).to_contain_text("asks again every few seconds")

    page.context.set_offline(False)

    expect(page.locator("#table-result tbody tr")).to_have_count(2, timeout=10_000)
    expect(page.locator("#notice")).to_be_hidden()
