"""Files as people have them: what each case comes to."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.support.orders.csv_files import message, paragraphs, read

CASES = Path(__file__).parents[2] / "cases"

PLAIN = (12, dt.date(2025, 1, 6), dt.date(2025, 1, 17))
"""Lines, first and last date of the cases that are one table in many forms."""

SAME_AS_PLAIN = (
    *(
        "plain",
        "backslash_quote",
        "bom",
        "brand_empty",
        "compact_date",
        "cp1252_store",
        "cp1252_tag",
        "cr_only",
        "crlf",
    ),
    *("dotted_date", "emoji_tag", "header_only_store", "header_padded", "header_pretty", "header_quotedbom"),
    *(
        "id_alnum",
        "id_big",
        "id_float",
        "id_hash",
        "id_lead0",
        "id_quote",
        "index_col",
        "lead_blank",
        "missing_product",
    ),
    *("mixed_nl", "month_name", "nbsp", "no_final_nl", "nul_in_tag", "price_dec0", "price_empty", "qty_float"),
    *(
        "qty_float3",
        "qty_huge",
        "qty_plus",
        "quoted_all",
        "quoted_comma_tag",
        "quoted_nl",
        "semicolon",
        "semicolon_all",
    ),
    *("sep_line", "spaces_only_line", "store_gap", "store_int_float", "store_no_cols", "store_region_name"),
    *("stray_quote", "tab", "timestamp", "timestamp_iso", "trail_blank", "trail_blank_crlf", "trail_comma_col"),
    *("trail_comma_norm", "trail_comma_rows", "upper_names", "utf16", "xlsx_ext", "zip"),
)


@pytest.mark.parametrize("case", SAME_AS_PLAIN)
def test_a_usual_form_of_the_table_is_read(case: str) -> None:
    orders = read(CASES / case).report.orders
    assert (orders.kept, orders.first_date, orders.last_date) == PLAIN
    assert orders.set_aside == ()


@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("ddmmyyyy", {"date_format": "%d/%m/%Y"}),
        ("us_date", {"date_format": "%m/%d/%Y"}),
        ("us_date2", {"date_format": "%m/%d/%y"}),
        ("excel_serial", {"date_format": "excel"}),
        ("epoch", {"date_format": "epoch"}),
        ("price_dec", {"price_unit": "units"}),
        ("price_curr", {"price_unit": "units"}),
    ],
)
def test_an_option_reads_what_has_several_readings(case: str, options: dict[str, Any]) -> None:
    orders = read(CASES / case, **options).report.orders
    assert (orders.kept, orders.first_date, orders.last_date) == PLAIN


REFUSED = {
    "arabic_digits": ("column QUANTITY: expected a whole number", "line 2:"),
    "both": ("data_order.csv: stands beside data_order.csv.gz",),
    "comment_first": ("line 2", "below a comment"),
    "date_0000": ("column CHECKOUT_DATE", "line 5: '0000-00-00'"),
    "date_empty": ("column CHECKOUT_DATE", "line 5: nothing"),
    "ddmmyyyy": (
        "`--date-format %d/%m/%Y` reads it as 6 January 2025",
        "`--date-format %m/%d/%Y` reads it as 1 June 2025",
    ),
    "doubled_file": ("every line stands at least twice", "`--duplicates drop`", "`--duplicates keep`"),
    "dup_header": ("column QUANTITY stands 2 times in the header",),
    "dup_lines": ("every line stands at least twice in the files (12 repeats)",),
    "empty": ("data_order.csv: is empty",),
    "epoch": ("seconds since 1970, of 2025-01-06: `--date-format epoch`",),
    "excel_serial": ("serial number of 2025-01-06: `--date-format excel`",),
    "feb30": ("line 5: '2025-02-30'",),
    "future": ("expected a date not after 2026-11-29", "line 2: 2031-01-06", "`--future drop`"),
    "future_all": ("and 1,995 more lines", "`--future drop`"),
    "future_typo_one_line": ("line 4802: 2052-01-08", "`--future drop`"),
    "gz_trunc": ("data_order.csv.gz: cannot be read",),
    "header_only": ("data_order.csv: has a header but no rows",),
    "html": ("is a web page",),
    "id_sci": ("'5.90123E+12' is a number that a spreadsheet has shortened",),
    "json": ("is JSON",),
    "lfs_pointer": ("is a pointer of Git LFS",),
    "mid_header": ("data_order.csv: repeats its header", "line 8"),
    "misnamed_make_run": ("orders.csv: rename it to data_order.csv",),
    "no_header": ("has no header: line 1 holds values",),
    "nul_mid": ("column CHECKOUT_DATE", "line 6:"),
    "price_curr": ("`--price-unit units` (INPUT_PRICE_UNIT in .env) reads '$10.99' as 1,099 cents",),
    "price_dec": ("`--price-unit units` (INPUT_PRICE_UNIT in .env) reads '10.99' as 1,099 cents",),
    "qty_comma": ("column QUANTITY", "line 2: '2,0'"),
    "qty_empty": ("line 5: nothing", "line 9: nothing"),
    "qty_frac": ("line 2: '2.5'",),
    "qty_nan": ("line 5: 'NaN'",),
    "qty_neg": ("line 5: '-2'", "`--returns drop`", "`--returns net`", "INPUT_RETURNS"),
    "qty_over": ("line 2: '99999999999'",),
    "qty_thousands": ("line 5: '1,200'",),
    "store_contradict": ("column STORE_ID: expected each STORE_ID once", "line 2: '1'", "line 5: '1'"),
    "title_first": ("line 2", "below a title"),
    "total_row": ("line 14 is a row of sums",),
    "unquoted_comma_tag": ("data_metadata_product.csv: expected 2 fields a row", "line 10: 3 found"),
    "us_date": ("'1/6/2025' has 2 readings",),
    "us_date2": (
        "`--date-format %d/%m/%y` reads it as 1 June 2025",
        "`--date-format %m/%d/%y` reads it as 6 January 2025",
    ),
    "xlsx_renamed": ("data_order.csv: begins like a spreadsheet",),
    "year_2200": ("from 1900-01-01 to 2199-12-31", "line 2: '2205-01-01'"),
}
ONE_PARAGRAPH = set(REFUSED) - {"misnamed_make_run"}


@pytest.mark.parametrize("case", REFUSED)
def test_a_fault_is_told_with_its_place_and_what_to_do(case: str) -> None:
    told = message(CASES / case)
    for words in REFUSED[case]:
        assert words in told
    assert case not in ONE_PARAGRAPH or len(paragraphs(CASES / case)) == 1


@pytest.mark.parametrize(
    ("case", "lines", "days"),
    [
        *[("const_qty", 2000, 200), ("five_days", 500, 5), ("gap_covid", 2960, 221), ("huge_qty", 2000, 200)],
        *[("not_promoted", 4800, 200), ("one_day", 500, 1), ("one_order", 1, 1), ("one_order_only", 1, 1)],
        *[("one_product", 1000, 200), ("one_store", 3000, 200), ("six_days", 500, 6), ("ten_days", 500, 10)],
        *[("thirty_days", 2000, 30), ("two_days", 500, 2)],
    ],
)
def test_few_days_stores_or_products_are_read_all_the_same(case: str, lines: int, days: int) -> None:
    orders = read(CASES / case).report.orders
    assert (orders.kept, orders.days) == (lines, days)


@pytest.mark.parametrize("case", ["sparse_3y", "sparse_3y_60"])
def test_sparse_orders_are_read(case: str) -> None:
    assert read(CASES / case, today=dt.date(2028, 6, 1)).report.orders.days >= 12


def test_every_case_is_tested() -> None:
    known = {*SAME_AS_PLAIN, *REFUSED, "sparse_3y", "sparse_3y_60"}
    known |= {
        "const_qty",
        "five_days",
        "gap_covid",
        "huge_qty",
        "not_promoted",
        "one_day",
        "one_order",
        "one_order_only",
    }
    known |= {"one_product", "one_store", "six_days", "ten_days", "thirty_days", "two_days"}
    assert {path.name for path in CASES.iterdir()} == known


def test_future_lines_are_set_aside_and_counted() -> None:
    orders = read(CASES / "future_typo_one_line", future="drop").report.orders
    assert (orders.read, orders.kept, str(orders.last_date)[:4]) == (4801, 4800, "2025")
    (aside,) = orders.set_aside
    assert (aside.lines, aside.first) == (1, ("data_order.csv line 4802: 2052-01-08",))


def test_nothing_left_is_told() -> None:
    assert "No order line is left" in message(CASES / "future", future="drop")


def test_a_doubled_file_is_kept_or_halved() -> None:
    kept = read(CASES / "doubled_file", duplicates="keep").report.orders
    dropped = read(CASES / "doubled_file", duplicates="drop").report.orders
    assert (kept.kept, kept.repeated) == (9600, 4800)
    assert (dropped.kept, dropped.repeated, dropped.set_aside[0].lines) == (4800, 4800, 4800)


def test_returns_are_dropped_or_netted() -> None:
    assert read(CASES / "qty_neg", returns="drop").report.orders.kept == 10
    netted = read(CASES / "qty_neg", returns="net")
    assert (netted.tables.order_items["quantity"] > 0).all()
    assert netted.report.orders.set_aside[0].lines == 2


def test_text_ids_get_numbers_that_are_told() -> None:
    found = read(CASES / "id_alnum")
    keys = found.tables.product_keys
    assert keys.to_dict("list") == {
        "product_id": [2**30 + place for place in range(1, 5)],
        "product_key": ["SKU-101", "SKU-102", "SKU-103", "SKU-104"],
    }
    assert set(found.tables.order_items["product_id"]) == set(keys["product_id"])
    assert found.tables.store_keys.empty


def test_a_region_may_be_a_name() -> None:
    assert read(CASES / "store_region_name").tables.stores["region_id"].tolist() == ["North", "North", "2"]


def test_a_missing_price_and_brand_are_missing() -> None:
    priceless = read(CASES / "price_empty")
    assert priceless.tables.order_items["variant_case_price_cents"].isna().all()
    assert priceless.report.orders.without_price == 12
    assert read(CASES / "brand_empty").tables.order_items["brand_id"].isna().all()


@pytest.mark.parametrize("case", ["huge_qty", "qty_huge", "const_qty"])
def test_odd_quantities_are_listed(case: str) -> None:
    assert any("looks odd" in line for line in read(CASES / case).report.lines())
