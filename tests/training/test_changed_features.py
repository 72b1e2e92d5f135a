"""A feature is added to the list, and taken away again, on a database and a registry that were there before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from training import sample

ROOT = Path(__file__).parents[2]
DECLARED = 'WindowMean("product", days=60)'
READ = "cnt_product_l60d"
LIST = "FEATURES: tuple[str, ...] = (\n"
SERVED = """
from api.loading.database import Database
from api.loading.registry import Registry
from api.serving.memory import checked_pair
from quantity.settings import Settings

settings = Settings()
registry, database = Registry(settings), Database(settings)
checked_pair(*(source.load(source.offer().version) for source in (registry, database)))
print("served by version", registry.offer().version)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the three packages, to be changed."""
    # The machine code that is there holds for the copy: it has the same files.
    unwanted = shutil.ignore_patterns("data", "artifacts", "*.pyc")
    for package in ("quantity", "training", "api"):
        shutil.copytree(ROOT / package, tmp_path / "checkout" / package, ignore=unwanted)
    return tmp_path / "checkout"


def add(checkout: Path) -> None:
    definitions = checkout / "quantity" / "features" / "definitions.py"
    source = definitions.read_text()
    for place, line in (("LEVELS = Stage(\n    transforms=(\n", DECLARED), (LIST, f'"{READ}"')):
        assert source.count(place) == 1
        source = source.replace(place, f"{place}    {line},\n")
    definitions.write_text(source)


def run(checkout: Path, variables: dict[str, str], *arguments: str) -> tuple[int, str]:
    environment = os.environ | {"PYTHONPATH": str(checkout)} | variables
    done = subprocess.run(
        [sys.executable, *arguments], cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def assert_rebuilt_and_served(checkout: Path, variables: dict[str, str], told: str, change: str) -> None:
    for program in ("training.train", "training.snapshot_checks"):
        code, output = run(checkout, variables, "-m", program)
        assert (code, told in output) == (2, True), output
        assert output.count("run `python -m training.preprocess --source db`") == 1

    code, output = run(checkout, variables, "-m", "training.bootstrap")
    assert code == 0, output
    assert "==> preprocessing again: " in output
    assert told in output

    code, output = run(checkout, variables, "-m", "training.snapshot_checks")
    assert code == 0, output
    assert change in output

    code, output = run(checkout, variables, "-m", "training.bootstrap")
    assert (code, "features and champion are there" in output) == (0, True), output

    code, output = run(checkout, variables, "-c", SERVED)
    assert code == 0, output


def test_the_next_run_makes_the_features_trains_and_serves_what_is_declared(tmp_path: Path, checkout: Path) -> None:
    data = tmp_path / "data"
    options = ["--shape", "synthetic", "--rows", "1500", "--weeks", "30", "--stores", "12", "--out", str(data)]
    assert sample.main(options) == 0
    folders = {"DATA_DIR": data, "LOCAL_DIR": tmp_path / "local", "ARTIFACTS_DIR": tmp_path / "artifacts"}
    variables = {name: str(folder) for name, folder in folders.items()}
    code, output = run(checkout, variables, "-m", "training.bootstrap")
    assert code == 0, output
    unchanged = (checkout / "quantity" / "features" / "definitions.py").read_text()

    add(checkout)
    columns = f"avg_qty_product_l60d, {READ}"
    assert_rebuilt_and_served(checkout, variables, f"it lacks {columns}", f"new: {columns}")

    (checkout / "quantity" / "features" / "definitions.py").write_text(unchanged)
    told = f"it has {columns}, which this one does not"
    assert_rebuilt_and_served(checkout, variables, told, f"gone: {columns}")

    code, output = run(checkout, variables, "-m", "training.preprocess", "--rollback")
    assert (code, "warning: snapshot 2 was published with other features" in output) == (0, True), output
