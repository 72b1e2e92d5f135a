"""The lines that are told are those of the file."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.orders.csv_files import (
    ORDER_LINE,
    ORDERS,
    PRODUCTS,
    order_file,
    order_line,
    paragraphs,
    read,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_line_numbers_are_those_of_the_file(folder: Path) -> None:
    text = '\n\nnote,PRODUCT_ID,PRODUCT_METADATA\n\n"two\nlines",1,"a\n\nb"\n\n1,2,3,4\n"x ""y""\n",zwei,Fruit\n'
    write(folder, {PRODUCTS: text})
    assert paragraphs(folder) == [
        f"{PRODUCTS}: expected 3 fields a row, as in the header\n  line 10: 4 found",
        (
            f"{PRODUCTS}, column PRODUCT_ID: expected a whole number from 1 to 2147483647\n  line 11: 'zwei'\n"
            "  If these are ids: `--ids text` (INPUT_IDS in .env) takes text beside whole numbers."
        ),
    ]


def quoted(field: str) -> str:
    return field if set(field).isdisjoint('",\n\r') else '"' + field.replace('"', '""') + '"'


NOTE = st.text(alphabet='a1 ",\n\r;\xe9', max_size=6)
ROW = st.tuples(NOTE, st.sampled_from(["1", "22", "bad", "0"]), st.integers(0, 2))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=12), newline=st.sampled_from(["\n", "\r\n"]))
def test_line_numbers_hold_for_any_quoting(folder: Path, rows: list[tuple[str, str, int]], newline: str) -> None:
    """Property: rows with line breaks, quotes and commas in a field, and blank lines between them."""
    text = f"NOTE,PRODUCT_ID,PRODUCT_METADATA{newline}"
    expected = []
    for note, product_id, blank_lines in rows:
        if product_id in {"bad", "0"}:
            lines_before = len(io.StringIO(text, newline=None).readlines())
            expected.append(f"  line {lines_before + 1}: {product_id!r}")
        text += f"{quoted(note)},{product_id},Fruit{newline}" + newline * blank_lines
    write(folder, {PRODUCTS: text})
    if not expected:
        assert read(folder).report.rows[PRODUCTS] == len(rows)
    else:
        (fault,) = paragraphs(folder)
        assert [line for line in fault.splitlines() if line.startswith("  line ")] == expected[:5]


def test_line_numbers_hold_far_into_a_large_packed_file(folder: Path) -> None:
    lines = [ORDER_LINE] * 60_000
    lines[50_000] = order_line(CHECKOUT_DATE="2022-11-31")
    lines[59_999] = order_line(QUANTITY="2.5")
    (folder / ORDERS).unlink()
    (folder / f"{ORDERS}.gz").write_bytes(gzip.compress(order_file(*lines).encode(), 1))
    assert [fault.splitlines()[1] for fault in paragraphs(folder)] == [
        "  line 60001: '2.5'",
        "  line 50002: '2022-11-31'",
    ]


def test_order_lines_keep_the_order_of_the_file(folder: Path) -> None:
    ids = np.random.default_rng(3).permutation(70_000)
    write(folder, {ORDERS: order_file(*(order_line(ORDER_ID=str(number)) for number in ids))})
    assert np.array_equal(read(folder).tables.order_items["order_id"], ids)
