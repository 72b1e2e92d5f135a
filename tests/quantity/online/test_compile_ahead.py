"""What is compiled ahead is all that serving runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_serving_real_models_compiles_nothing_more(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.support.api.compiled_beyond", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    compiled_ahead, *beyond = done.stdout.splitlines()
    assert int(compiled_ahead) >= 5
    assert beyond == []
