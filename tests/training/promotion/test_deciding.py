"""Of trainings at the same time, the better version is champion in the end."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local_servers.waiting import wait_until
from quantity.db.engine import connect
from quantity.registry import PROMOTION, client, version_number, version_numbers
from tests.support.models.rolled_models import generated_dataset, generated_rolled
from tests.support.models.trained_model import copy_of, trained
from tests.support.promotion.promoter_process import environment
from tests.support.promotion.versions import register_again
from training.fit.evaluation import evaluate_windows
from training.promotion.deciding import Opponent, Trained, decide_and_promote
from training.promotion.lock import promotion_lock
from training.promotion.moving import move_alias
from training.promotion.trail import BY_TRAINING, history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings

SECONDS = 300.0


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Settings:
    """Version 1, the champion."""
    return copy_of(trained(tmp_path_factory), tmp_path / "copy")


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """Connections to the database of the lock."""
    engine = connect(settings.database_url)
    yield engine
    engine.dispose()


def start_worse_training(settings: Settings) -> subprocess.Popen[str]:
    """A training in a process of its own, with a tenth of version 1's trees."""
    command = [sys.executable, "-m", "training.train", "--windows", "1", "--trees", "1"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen(command, env=environment(settings), text=True, **streams)  # type: ignore[call-overload,no-any-return]


def test_of_two_trainings_at_once_the_worse_is_not_promoted(settings: Settings, engine: Engine) -> None:
    """Both begin without a champion. This process is the better one, and decides while the other waits to."""
    registry = client(settings)
    registry.delete_registered_model_alias(settings.model_name, settings.model_alias)
    with start_worse_training(settings) as worse:
        try:
            with promotion_lock(engine, 0):
                wait_until(lambda: len(version_numbers(settings)) == 2, "the other registers its version", SECONDS)
                assert version_number(settings) is None
                move_alias(settings, engine, "1", "it beats the baselines", promoted_by=BY_TRAINING)
            output, _ = worse.communicate(timeout=SECONDS)
        finally:
            worse.kill()
    assert worse.returncode == 0, output
    assert version_number(settings) == "1"
    assert history(engine, settings, most=1)[0].to_version == "1"
    one, two = (registry.get_model_version(settings.model_name, number) for number in "12")
    assert "does not beat the champion: score" in two.tags[PROMOTION]
    assert "champion version 1" in two.tags[PROMOTION]
    better, less = (registry.get_run(str(version.run_id)).data.metrics for version in (one, two))
    same_window = {name for name in less if name.startswith("window_") and name.endswith("_score")}
    assert all(better[name] < less[name] for name in same_window)
    assert len(same_window) == 1


def test_a_champion_that_came_meanwhile_is_who_must_be_beaten(settings: Settings, engine: Engine) -> None:
    number, data, rolled = register_again(settings), generated_dataset(), generated_rolled()
    candidate = Trained(data, rolled, evaluate_windows(data, rolled.windows), is_first=True)
    found = Opponent(None, None)
    decision, against = decide_and_promote(settings, engine, candidate, found, number=number, policy="never")
    assert decision.reason == "--promote never"
    assert against.champion is not None
    assert against.champion.version == "1"
    assert against.compared is not None
    assert against.compared.rival is not None
