"""Models from the real registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from api.loading.contents import read_model_info, write_model
from api.loading.registry import Registry
from quantity.model_files import ModelLoadError
from quantity.online.kernel import decisions
from tests.support.api.small_market import feature_set, model

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings
    from tests.support.api.embedded_servers import LiveRegistry


def test_a_registry_without_the_model_or_its_alias_has_no_version(
    live_settings: Settings, registry: LiveRegistry
) -> None:
    unknown = Registry(live_settings.model_copy(update={"model_name": "unknown"}))
    assert (unknown.offer(), unknown.is_withdrawn()) == (None, False)
    registry.register("good")
    source = Registry(live_settings)
    assert (source.offer(), source.is_withdrawn()) == (None, True)


def test_a_model_without_champion_is_told_with_the_command_that_promotes_its_newest_version(
    live_settings: Settings, registry: LiveRegistry
) -> None:
    source = Registry(live_settings)
    assert source.is_withdrawn()
    assert "has no version: run `python -m training.train`" in source.withdrawn

    registry.register("good")
    registry.register("other")
    assert source.is_withdrawn()
    assert "(there are 2, the newest is 2): `python -m training.promote 2`" in source.withdrawn
    assert "docker compose run --rm training python -m training.promote 2" in source.withdrawn


def test_the_version_is_that_of_the_alias(live_settings: Settings, registry: LiveRegistry) -> None:
    source = Registry(live_settings)
    registry.register("good")
    registry.register("other")

    for version in ("2", "1"):
        registry.promote(version)
        offer = source.offer()
        assert offer is not None
        assert offer.version == version


def test_a_loaded_model_answers_as_the_logged_one(live_settings: Settings, registry: LiveRegistry) -> None:
    version = registry.register("good")

    loaded = Registry(live_settings).load(version)

    assert (loaded.version, loaded.info.name) == (version, live_settings.model_name)
    assert loaded.info.metrics["wape"] == 0.25
    history = feature_set().history
    rows = model().encoder_.transform(history).astype(np.float32)
    answers = decisions(rows, history["product_id"].to_numpy(np.int64), loaded.compiled.forest, loaded.compiled.rule)
    np.testing.assert_array_equal(answers[:, 0], model().predict(history))


def test_a_damaged_model_is_refused(live_settings: Settings, registry: LiveRegistry) -> None:
    with pytest.raises(ModelLoadError, match=r"model\.skops"):
        Registry(live_settings).load(registry.register("damaged"))


def test_a_model_of_other_features_is_refused(live_settings: Settings, registry: LiveRegistry) -> None:
    with pytest.raises(ModelLoadError, match="another list of features"):
        Registry(live_settings).load(registry.register("old features"))


def test_a_registry_made_anew_offers_another_version_by_the_same_number(
    live_settings: Settings, registry: LiveRegistry
) -> None:
    source = Registry(live_settings)
    registry.promote(registry.register("good"))
    first = source.offer()
    registry.lose()
    registry.begin()
    registry.promote(registry.register("other"))

    second = source.offer()

    assert first is not None
    assert second is not None
    assert first.version == second.version == "1"
    assert first.identity != second.identity


def test_the_offer_is_what_the_loaded_version_is_known_by(
    live_settings: Settings, registry: LiveRegistry, tmp_path: Path
) -> None:
    source = Registry(live_settings)
    registry.promote(registry.register("good"))
    offer = source.offer()
    assert offer is not None
    folder = tmp_path / "copy"
    folder.mkdir()
    write_model(source.load(offer.version), folder)

    assert read_model_info(folder).identity == offer.identity
