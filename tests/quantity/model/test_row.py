"""A row is read back from its record, whatever the list of features is today."""

from __future__ import annotations

from dataclasses import replace

import pytest

from quantity.features.relative import LogRatio
from quantity.model.row import DECLARED, UnreadableRecordError, recorded_row


def test_the_record_of_todays_row_is_todays_row() -> None:
    assert recorded_row(DECLARED.record, len(DECLARED.attributes)) is DECLARED


def test_the_record_of_another_row_is_that_row() -> None:
    other = replace(
        DECLARED, numeric=("old", *DECLARED.numeric[1:]), formulas=(*DECLARED.formulas[:3], LogRatio("a", "b", "c"))
    )
    read = recorded_row(other.record, len(other.attributes))
    assert read == other
    assert read.names[read.at("a")] == "a"


@pytest.mark.parametrize(
    "formula",
    ["Gone(name='a')", "Sum(name='a')", "Sum('a', 'b', 'c')", "Sum(name=exit(), left='a', right='b')", "Sum(", "(1)"],
)
def test_a_formula_that_is_no_more_is_told_and_not_run(formula: str) -> None:
    with pytest.raises(UnreadableRecordError):
        recorded_row([*DECLARED.names, "a", formula], len(DECLARED.attributes))


def test_a_record_in_another_order_is_no_record() -> None:
    with pytest.raises(UnreadableRecordError):
        recorded_row([*DECLARED.record[::-1]], len(DECLARED.attributes))
