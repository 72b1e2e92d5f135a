"""What a column depends on."""

from __future__ import annotations

import pytest

from quantity.features.definitions import CALENDAR, FORMULAS, ROW
from quantity.features.relative import Sum
from quantity.online.sources import AGEING, SOURCES, Source, columns_of, sources_of_formulas


def test_every_column_of_a_row_has_one_source() -> None:
    assert set(SOURCES) == set(ROW)
    assert sorted(name for source in Source for name in columns_of(source)) == sorted(ROW)
    assert all(columns_of(source) for source in Source)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("store_size", Source.STORE),
        ("sub_category", Source.PRODUCT),
        ("level_store", Source.STORE),
        ("level_product", Source.PRODUCT),
        ("ewm_lift_store_category_h180d", Source.PAIR),
        ("base", Source.PAIR),
        ("price_to_store", Source.PAIR),
        ("checkout_dow", Source.DATE),
    ],
)
def test_examples(name: str, source: Source) -> None:
    assert SOURCES[name] is source


def test_formulas_of_one_source_read_nothing_else() -> None:
    of_one = [formula for formula in FORMULAS if SOURCES[formula.name] is not Source.PAIR]
    assert of_one
    for formula in of_one:
        assert {SOURCES[name] for name in formula.reads} == {SOURCES[formula.name]}


@pytest.mark.parametrize("name", [CALENDAR[0].name, *AGEING])
def test_a_formula_on_the_date_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="total depends on the date"):
        sources_of_formulas([Sum("total", "base", name)], SOURCES)
