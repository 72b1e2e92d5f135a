"""Models from the real registry."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.model_source import RegistrySource
from quantity.model_files import ModelLoadError
from tests.api.market import feature_set, model

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings
    from tests.api.live import LiveRegistry


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

    loaded = RegistrySource(live_settings).fetch(version).value

    assert (loaded.version, loaded.origin, loaded.info.name) == (version, "registry", live_settings.model_name)
    assert loaded.info.metrics["wape"] == 0.25
    history = feature_set().history
    np.testing.assert_array_equal(loaded.compiled.model.predict(history), model().predict(history))


def test_a_model_is_read_back_from_its_copy(live_settings: Settings, registry: LiveRegistry, tmp_path: Path) -> None:
    source = RegistrySource(live_settings)
    fetched = source.fetch(registry.register("good"))
    copy = tmp_path / "copy"
    copy.mkdir()

    fetched.write(copy)
    read = source.read(copy)

    assert read.origin == "local copy"
    assert (read.info.version, read.info.run_id) == (fetched.value.info.version, fetched.value.info.run_id)
    assert read.info.trained_at == fetched.value.info.trained_at
    assert math.isnan(read.info.metrics["bias"])
    history = feature_set().history
    np.testing.assert_array_equal(read.compiled.model.predict(history), model().predict(history))


def test_a_damaged_model_is_refused(live_settings: Settings, registry: LiveRegistry) -> None:
    with pytest.raises(ModelLoadError, match=r"model\.skops"):
        RegistrySource(live_settings).fetch(registry.register("damaged"))


def test_a_model_of_other_features_is_refused(live_settings: Settings, registry: LiveRegistry) -> None:
    with pytest.raises(ModelLoadError, match="another list of features"):
        RegistrySource(live_settings).fetch(registry.register("old features"))
