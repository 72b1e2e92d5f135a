"""What is said where Spark is not installed, or not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.settings import settings_for
from training import preprocess
from training.publish.room import NoRoomError, room_on_spark

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
        (["--engine", "spark", "--parquet", "out", "--rollback"], "argument --parquet: expected"),
        (["--engine", "spark", "--parquet", "out", "--source", "db"], "workers read tables from MySQL alone"),
    ],
)
def test_options_that_exclude_each_other_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        preprocess.main(arguments, settings_for(tmp_path))
    assert ended.value.code == preprocess.BAD_INPUT
    assert told in capsys.readouterr().err


def test_a_run_whose_rows_do_not_fit_on_the_disk_is_refused_before_it_starts(tmp_path: Path) -> None:
    assert "of disk" in str(room_on_spark(tmp_path, 1_000))
    with pytest.raises(NoRoomError, match=f"are free in {tmp_path}"):
        room_on_spark(tmp_path, 10**14)
