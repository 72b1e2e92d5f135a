"""What the tests of the model share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.models.generated_market import generated_market, generated_model

if TYPE_CHECKING:
    from quantity.model.estimator import QuantityModel
    from tests.support.models.generated_market import Market


@pytest.fixture(scope="session")
def market() -> Market:
    return generated_market()


@pytest.fixture(scope="session")
def model() -> QuantityModel:
    return generated_model()
