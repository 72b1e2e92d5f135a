"""The digest of the feature list changes with what the tables hold, and with nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from quantity.features.definitions import CALENDAR, PRODUCT_ATTRIBUTES, SCOPES, STAGES, STORE_ATTRIBUTES
from quantity.features.feature_list import digest_of_features, features_digest
from quantity.features.relative import Shrunk, Sum
from quantity.features.stages import Above, Stage
from quantity.features.transforms import WindowMean

ATTRIBUTES = (STORE_ATTRIBUTES, PRODUCT_ATTRIBUTES)
FIRST, *OTHERS = STAGES
LAST = STAGES[-1]


def digest(*stages: Stage) -> str:
    return digest_of_features(stages, SCOPES, CALENDAR, ATTRIBUTES)


def test_it_is_that_of_the_declared_features_in_every_process() -> None:
    assert features_digest() == digest(*STAGES)
    program = "from quantity.features.feature_list import features_digest; print(features_digest())"
    other = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == features_digest()


def test_the_order_of_declaration_does_not_matter() -> None:
    turned = replace(FIRST, transforms=FIRST.transforms[::-1], formulas=FIRST.formulas[::-1])
    assert digest(turned, *OTHERS) == features_digest()


CHANGED = {
    "one more": replace(FIRST, transforms=(*FIRST.transforms, WindowMean("store", days=60))),
    "one less": replace(FIRST, transforms=FIRST.transforms[1:]),
    "another argument": replace(FIRST, transforms=(WindowMean("store", days=31), *FIRST.transforms[1:])),
    "a formula that orders are measured by": replace(
        FIRST, formulas=(*FIRST.formulas[:-1], Shrunk("level_product", "a", "b", 6, "level_category"))
    ),
    "a measure": replace(FIRST, measures=(Above("lift", "level_category"),)),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_change_of_what_is_stored_changes_it(change: str) -> None:
    assert digest(CHANGED[change], *OTHERS) != features_digest()


def test_a_formula_that_is_computed_from_the_tables_alone_does_not() -> None:
    more = replace(LAST, formulas=(*LAST.formulas, Sum("more", "base", "level_store")))
    assert digest(*STAGES[:-1], more) == features_digest()


@pytest.mark.parametrize("number", [0, 1, 2])
def test_scopes_dates_and_attributes_count(number: int) -> None:
    parts = [
        ({**SCOPES, "day": ("store_size",)}, CALENDAR, ATTRIBUTES),
        (SCOPES, CALENDAR[1:], ATTRIBUTES),
        (SCOPES, CALENDAR, (STORE_ATTRIBUTES[1:], PRODUCT_ATTRIBUTES)),
    ]
    assert digest_of_features(STAGES, *parts[number]) != features_digest()
