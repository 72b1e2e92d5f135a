"""Models from the real registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.loading.model_source import RegistrySource
from quantity.model_files import ModelLoadError
from quantity.online.kernel import decisions
from tests.support.api.small_market import feature_set, model

if TYPE_CHECKING:
    from quantity.settings import Settings
    from tests.support.api.embedded_servers import LiveRegistry


def test_a_registry_without_the_model_or_its_alias_has_no_version(
    live_settings: Settings, registry: LiveRegistry
) -> None:
    assert RegistrySource(live_settings).version() is None
    registry.register("good")
    assert RegistrySource(live_settings).version() is None


def test_the_version_is_that_of_the_alias(live_settings: Settings, registry: LiveRegistry) -> None:
    source = RegistrySource(live_settings)
    registry.register("good")
    registry.register("other")

    for version in ("2", "1"):
        registry.promote(version)
        assert source.version() == version


def test_a_fetched_model_answers_as_the_logged_one(live_settings: Settings, registry: LiveRegistry) -> None:
    version = registry.register("good")

    loaded = RegistrySource(live_settings).fetch(version)

    assert (loaded.version, loaded.origin, loaded.info.name) == (version, "registry", live_settings.model_name)
    assert loaded.info.metrics["wape"] == 0.25
    history = feature_set().history
    rows = model().encoder_.transform(history).astype(np.float32)
    answers = decisions(rows, history["product_id"].to_numpy(np.int64), loaded.compiled.forest, loaded.compiled.rule)
    np.testing.assert_array_equal(answers[:, 0], model().predict(history))


def test_a_damaged_model_is_refused(live_settings: Settings, registry: LiveRegistry) -> None:
    with pytest.raises(ModelLoadError, match=r"model\.skops"):
        RegistrySource(live_settings).fetch(registry.register("damaged"))


def test_a_model_of_other_features_is_refused(live_settings: Settings, registry: LiveRegistry) -> None:
    with pytest.raises(ModelLoadError, match="another list of features"):
        RegistrySource(live_settings).fetch(registry.register("old features"))
