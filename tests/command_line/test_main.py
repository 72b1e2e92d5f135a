"""One name for every program: each is reached with its own arguments, and says so in its usage."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from command_line.__main__ import main
from command_line.commands import COMMANDS
from quantity.db.engine import connect
from quantity.db.snapshots import published
from tests.support.api.service_process import environment_of
from tests.support.command_line import ROOT, run, run_in_image
from tests.support.publishing.published import publish_marked
from training import preprocess

if TYPE_CHECKING:
    from pathlib import Path

    from quantity.settings import Settings

DAILY = {"run", "sample", "preprocess", "train", "predict", "score", "rollback", "serve", "doctor"}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_its_program_with_its_own_usage(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: quantity {name} [-h]")


@pytest.mark.parametrize("name", COMMANDS)
def test_arguments_that_a_program_does_not_know_are_refused_by_it(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([name, "--nonsense"])
    assert stopped.value.code == 2
    assert f"quantity {name}: error: unrecognized arguments: --nonsense" in capsys.readouterr().err


def test_what_is_done_every_day_has_a_command() -> None:
    assert set(COMMANDS) >= DAILY


def test_arguments_and_exit_codes_are_passed_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample = ["sample", "--shape", "synthetic", "--rows", "50", "--weeks", "4", "--out", str(tmp_path)]
    assert main(sample) == 0
    assert "50 order lines" in capsys.readouterr().out
    assert main(sample) == 2
    assert "already holds data_metadata_product.csv" in " ".join(capsys.readouterr().err.split())


def test_rollback_puts_the_previous_snapshot_back(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in environment_of(settings).items():
        monkeypatch.setenv(variable, value)
    engine = connect(settings.database_url)
    for mark in (1, 2):
        publish_marked(engine, mark)
    assert main(["rollback"]) == preprocess.DONE
    found = published(engine)
    assert found is not None
    assert found.order_rows == 1
    engine.dispose()


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_the_commands_are_listed_with_a_line_each(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, command in COMMANDS.items():
        assert len([line for line in lines if re.match(rf"  {name} +{re.escape(command.summary)}$", line)]) == 1


@pytest.mark.parametrize(
    ("name", "nearest"), [("trian", "train"), ("drift_report", "drift-report"), ("rolback", "rollback"), ("xyz", None)]
)
def test_a_command_that_there_is_not_is_refused_with_the_nearest_and_the_list(
    name: str, nearest: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name]) == 2
    told = capsys.readouterr().err
    expected = f"quantity: there is no command {name!r}" + (f": quantity {nearest}?" if nearest else "")
    assert told.splitlines()[0] == expected
    assert "  preprocess " in told


def test_listing_the_commands_loads_no_heavy_package() -> None:
    heavy = ("numpy", "pandas", "mlflow", "pydantic", "sqlalchemy", "rich")
    listing = (
        "import sys; from command_line.__main__ import main; main(['--help']); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_it_is_a_module_and_an_installed_command() -> None:
    done = run("score", "--help")
    assert (done.returncode, done.stdout.startswith("usage: quantity score")) == (0, True), done.stderr
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["quantity"]
    module, _, function = declared.partition(":")
    assert getattr(import_module(module), function) is main


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.module.startswith("training.")])
def test_the_image_of_the_service_says_which_image_has_a_program_of_training(name: str) -> None:
    done = run_in_image("api", "training", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"quantity {name}: the package training is not installed here. It comes with the extra `training`, which the "
        "training image has. In a checkout `make install` installs everything; with containers: "
        f"`docker compose run --rm training quantity {name}`\n"
    )


@pytest.mark.parametrize("name", ["serve", "wait-until-ready", "run"])
def test_the_image_of_training_says_where_the_service_is(name: str) -> None:
    done = run_in_image("training", "api", name)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"quantity {name}: the package api is not installed here. It comes with the extra")
    assert "docker compose " in line


def test_a_package_of_an_extra_that_is_not_installed_is_named() -> None:
    """A checkout with the packages of the service alone."""
    done = run_in_image("api", "playwright", "preprocess")
    assert done.returncode == 2
    assert re.match(r"quantity preprocess: the package \w+ is not installed here\. ", done.stderr)
    assert len(done.stderr.splitlines()) == 1
