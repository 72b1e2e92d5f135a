"""What is declared hangs together."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate

import pytest

from quantity.db.tables import replaced_tables
from quantity.features.decay import Decayed
from quantity.features.definitions import (
    ATTRIBUTES,
    CALENDAR,
    FEATURES,
    FORMULAS,
    HISTORY_COLUMNS,
    INPUTS,
    NUMERIC_INPUTS,
    OTHER_READERS,
    ROW,
    SCOPES,
    SIZES,
    STAGES,
    TRANSFORMS,
    columns_of,
    served_columns_of,
)
from quantity.features.relative import LogRatio

STORED = [column.name for column in HISTORY_COLUMNS]
MADE = [formula.name for formula in FORMULAS]
FIRST_MEASURES = {"qty", "log_qty", "log_price"}


@pytest.mark.parametrize(
    "names",
    [STORED, MADE, [*STORED, *MADE, *(c.name for c in CALENDAR), *ATTRIBUTES], FEATURES, ROW, INPUTS],
    ids=["stored", "made", "all", "FEATURES", "ROW", "INPUTS"],
)
def test_no_name_is_declared_twice(names: list[str]) -> None:
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_the_trees_read_nothing_but_the_row() -> None:
    assert set(FEATURES) <= set(ROW)
    assert set(OTHER_READERS) <= set(ROW)


def test_a_row_is_the_inputs_and_what_the_formulas_make_of_them() -> None:
    assert list(ROW) == [*NUMERIC_INPUTS, *ATTRIBUTES, *MADE]
    assert list(INPUTS) == ["product_id", *NUMERIC_INPUTS, *ATTRIBUTES]


def test_inputs_are_stored() -> None:
    stored = {column.name for column in replaced_tables()["features"].columns}
    assert set(INPUTS) <= stored
    assert set(STORED) <= stored


def test_inputs_are_what_something_reads_and_nothing_else() -> None:
    read = {*FEATURES, *OTHER_READERS, *(name for formula in FORMULAS for name in formula.reads)}
    assert set(NUMERIC_INPUTS) == read - set(ATTRIBUTES) - set(MADE)


def test_formulas_read_what_lies_before_them() -> None:
    """What is stored by their stage or an earlier one, and formulas declared earlier."""
    known: set[str] = set()
    for stage in STAGES:
        known |= {column.name for transform in stage.transforms for column in transform.columns}
        for formula in stage.formulas:
            assert set(formula.reads) <= known, formula.name
            known.add(formula.name)


def test_transforms_and_measures_read_what_earlier_stages_measured() -> None:
    known = set(FIRST_MEASURES)
    for stage, made in zip(STAGES, accumulate([f.name for f in stage.formulas] for stage in STAGES), strict=True):
        assert {t.measure for t in stage.transforms if isinstance(t, Decayed)} <= known
        assert {measure.level for measure in stage.measures} <= set(made)
        known |= {measure.name for measure in stage.measures}


def test_formulas_read_no_calendar_and_nothing_that_ages() -> None:
    """So a formula of a pair is the same on every date that a snapshot answers for."""
    of_the_date = {column.name for column in CALENDAR} | {column.name for column in HISTORY_COLUMNS if column.ages}
    assert of_the_date
    assert [formula.name for formula in FORMULAS if of_the_date & set(formula.reads)] == []


def test_every_stored_column_is_of_one_scope() -> None:
    of_scopes = [column.name for scope in SCOPES for column in columns_of(scope)]
    assert sorted(of_scopes) == sorted(STORED)
    assert {transform.scope for transform in TRANSFORMS} == set(SCOPES)


@pytest.mark.parametrize("scope", SCOPES)
def test_served_columns_are_those_that_the_model_reads(scope: str) -> None:
    expected = [column for column in columns_of(scope) if column.name in INPUTS]
    assert list(served_columns_of(scope)) == expected


def test_sizes_are_told_relative_to_the_base() -> None:
    ratios = {formula.amount for formula in FORMULAS if isinstance(formula, LogRatio) and formula.level == "base"}
    assert ratios == set(SIZES)
