"""Whole numbers and prices, in the ways in which they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.input_files.cells.money import Cents, Units, cents_of
from training.input_files.cells.numbers import Quantity, WholeNumber
from training.input_files.limits import Limits

if TYPE_CHECKING:
    from decimal import Decimal

    from training.input_files.cells.cell import CellType

WAYS = ("{}", " {} ", "+{}", "00{}", "{}.0", "{}.000", "{}\u00a0", "\t{}")


def values(cell: CellType, cells: list[str]) -> list[int | None]:
    parsed = cell.parse(pa.array(cells, pa.string()))
    faulty = parsed.faulty.to_pylist() if parsed.faulty is not None else [False] * len(cells)
    read: list[int | None] = parsed.values.to_pylist()
    return [None if bad else value for value, bad in zip(read, faulty, strict=True)]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 2**63 + 5), st.sampled_from(WAYS)), max_size=8))
def test_a_number_in_its_limits_is_read_however_it_is_written(numbers: list[tuple[int, str]]) -> None:
    read = values(WholeNumber(Limits(0, 2**63 - 1)), [way.format(number) for number, way in numbers])
    assert read == [number if 0 <= number <= 2**63 - 1 else None for number, _ in numbers]


@settings(deadline=None)
@given(st.lists(st.integers(-(2**31), 2**31), max_size=8))
def test_returns_are_read_only_where_they_are_allowed(quantities: list[int]) -> None:
    cells = [str(quantity) for quantity in quantities]
    assert values(Quantity(), cells) == [q if 1 <= q < 2**31 else None for q in quantities]
    assert values(Quantity(allow_returns=True), cells) == [q if abs(q) < 2**31 else None for q in quantities]


@settings(deadline=None)
@given(st.text(max_size=12))
def test_any_other_text_is_a_fault(text: str) -> None:
    stripped = text.strip()
    (read,) = values(WholeNumber(Limits(0, 10**6)), [text])
    if read is not None:
        assert float(stripped) == read


def test_blocks_of_a_slice_are_read_from_their_own_cells() -> None:
    cells = pa.array(["x", "1", "2", "y"], pa.string())
    assert WholeNumber(Limits(0, 9)).parse(cells[1:3]).values.to_pylist() == [1, 2]


@settings(deadline=None)
@given(
    cents=st.integers(0, 2**31 - 1),
    thousands=st.sampled_from(["", "'", " ", "\u00a0", "\u202f"]),
    point=st.sampled_from([".", ","]),
    around=st.sampled_from(["{}", "${}", "{} €", "EUR {}", "{} CHF", " £ {} ", "{}kr"]),
)
def test_a_price_in_units_is_its_cents(cents: int, thousands: str, point: str, around: str) -> None:
    whole = f"{cents // 100:,}".replace(",", thousands)
    text = around.format(f"{whole}{point}{cents % 100:02}")
    assert cents_of(text.strip()) == cents
    assert values(Units(), [text]) == [cents]


@settings(deadline=None)
@given(st.decimals(0, 10**6, places=4).filter(lambda value: value != 0))
def test_decimals_are_rounded_half_to_even(price: Decimal) -> None:
    assert cents_of(str(price)) == round(price * 100)


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1,234.50", 123450), ("1.234,50", 123450), ("1.234.567", 123456700), ("0.125", 12), ("12", 1200)],
)
def test_separators_of_thousands_are_left_out_where_they_have_one_reading(text: str, cents: int) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize("text", ["1,234", "12.345", "-1", "", "abc", "1,2,3", "12.34.56", "9" * 12])
def test_other_prices_are_not_read(text: str) -> None:
    assert cents_of(text) is None


def test_an_ambiguous_price_is_told_as_such() -> None:
    assert "'1,234' has two readings" in Units().advice(["1,234"])


@pytest.mark.parametrize("cell", [Cents(), Units()])
def test_an_empty_price_is_missing(cell: CellType) -> None:
    parsed = cell.parse(pa.array(["", " ", "x"], pa.string()))
    assert parsed.values.to_pylist() == [None] * 3
    assert parsed.faulty is not None
    assert parsed.faulty.to_pylist() == [False, False, True]
