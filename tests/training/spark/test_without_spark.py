"""What is said where Spark is not installed, or not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.settings import settings_for
from training import preprocess

if TYPE_CHECKING:
    from pathlib import Path


def test_without_pyspark_a_run_says_what_installs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert preprocess.main(["--engine", "spark"], settings_for(tmp_path)) == preprocess.BAD_INPUT
    assert "make spark-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--engine", "spark", "--source", "db", "--incremental"], "argument --engine: spark computes all rows"),
        (["--parquet", "out"], "argument --parquet: expected with --engine spark"),
        (["--engine", "spark", "--parquet", "out", "--incoming"], "argument --parquet: expected"),
    ],
)
def test_options_that_exclude_each_other_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        preprocess.main(arguments, settings_for(tmp_path))
    assert ended.value.code == preprocess.BAD_INPUT
    assert told in capsys.readouterr().err
