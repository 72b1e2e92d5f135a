"""From whatever lies in the data folder to a champion, doing only what is still to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from quantity.db.engine import connect
from quantity.db.snapshots import published
from quantity.registry import client, version_number, version_numbers
from training import bootstrap, preprocess

if TYPE_CHECKING:
    from quantity.settings import Settings
    from quantity.versions import Published

CASES = Path(__file__).parents[1] / "cases"
CURRENT = "features and champion are there"


def put(case: str, settings: Settings) -> None:
    shutil.copytree(CASES / case, settings.data_dir, dirs_exist_ok=True)


def snapshot_of(settings: Settings) -> Published | None:
    engine = connect(settings.database_url)
    try:
        return published(engine)
    finally:
        engine.dispose()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def change_a_quantity(path: Path) -> None:
    """In the last line, leaving the file's date as it was."""
    before, lines = path.stat(), path.read_text().splitlines()
    cells = lines[-1].split(",")
    cells[5] = str(int(cells[5]) + 1)
    path.write_text("\n".join([*lines[:-1], ",".join(cells)]) + "\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("case", ["upper_names", "xlsx_ext", "zip"])
def test_files_are_found_whatever_their_case_and_ending(
    case: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put(case, settings)
    before = contents(settings.data_dir)

    assert bootstrap.main(settings) == bootstrap.DONE

    snapshot = snapshot_of(settings)
    assert snapshot is not None
    assert snapshot.order_rows == 12
    assert version_number(settings) == "1"
    assert contents(settings.data_dir) == before, "a sample was written beside them"
    capsys.readouterr()
    assert bootstrap.main(settings) == bootstrap.DONE
    assert CURRENT in capsys.readouterr().out
    assert snapshot_of(settings) == snapshot


def test_files_are_new_if_their_contents_are(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    put("upper_names", settings)
    orders = settings.data_dir / "DATA_ORDER.CSV"
    assert bootstrap.main(settings) == bootstrap.DONE
    first = snapshot_of(settings)
    orders.write_bytes(orders.read_bytes())
    assert bootstrap.main(settings) == bootstrap.DONE
    assert snapshot_of(settings) == first

    change_a_quantity(orders)

    capsys.readouterr()
    assert bootstrap.main(settings) == bootstrap.DONE
    assert "the files, or the settings of their reading, have changed" in capsys.readouterr().out
    second = snapshot_of(settings)
    assert first is not None
    assert second is not None
    assert (second.snapshot_id, second.source_digest == first.source_digest) == (2, False)
    assert version_numbers(settings) == ["2", "1"]


def test_files_of_other_names_are_told_and_no_sample_is_written(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put("misnamed_make_run", settings)
    before = contents(settings.data_dir)

    assert bootstrap.main(settings) == bootstrap.UNUSABLE

    told = capsys.readouterr().err
    assert told.startswith(f"bootstrap: {settings.data_dir} holds no orders; expected data_order.csv")
    assert "orders.csv: rename it to data_order.csv if it holds the orders" in told
    assert "products.csv: rename it to data_metadata_product.csv" in told
    assert "stores.csv: rename it to data_metadata_store.csv" in told
    assert contents(settings.data_dir) == before
    assert snapshot_of(settings) is None


@pytest.mark.parametrize("name", ["data_metadata_store.csv", "columns.yaml"])
def test_no_sample_is_written_beside_files_without_orders(
    name: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.data_dir.mkdir(parents=True)
    (settings.data_dir / name).write_text("STORE_ID,STORE_TYPE,REGION_ID,STORE_SIZE\n")
    assert bootstrap.main(settings) == bootstrap.UNUSABLE
    assert "holds no orders" in capsys.readouterr().err
    assert [path.name for path in settings.data_dir.iterdir()] == [name]


def test_other_files_beside_the_orders_are_told_in_a_line(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put("upper_names", settings)
    (settings.data_dir / "sales 2023.csv").write_text("a,b\n1,2\n")
    assert bootstrap.main(settings) == bootstrap.DONE
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"==> not read in {settings.data_dir}: sales 2023.csv: rename it to data_order.csv if")


def test_published_features_without_files_are_kept(settings: Settings) -> None:
    """Whoever removes the files to save space gets no sample in place of the orders in the database."""
    put("upper_names", settings)
    assert preprocess.main([], settings) == 0
    snapshot = snapshot_of(settings)
    shutil.rmtree(settings.data_dir)

    assert bootstrap.main(settings) == bootstrap.DONE

    assert snapshot_of(settings) == snapshot
    assert not settings.data_dir.exists()
    assert version_number(settings) == "1"


def test_without_a_champion_the_command_that_promotes_one_is_told_and_nothing_is_trained(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    put("upper_names", settings)
    assert bootstrap.main(settings) == bootstrap.DONE
    client(settings).delete_registered_model_alias(settings.model_name, settings.model_alias)
    (settings.local_dir / bootstrap.CHAMPION_FOUND).unlink()
    capsys.readouterr()

    assert bootstrap.main(settings) == bootstrap.DONE

    told = capsys.readouterr().out
    assert "no version of quantity is champion, so none is served: `python -m training.promote 1`" in told
    assert version_numbers(settings) == ["1"]


def test_a_training_that_did_not_end_is_made_up_for(settings: Settings) -> None:
    put("upper_names", settings)
    assert bootstrap.main(settings) == bootstrap.DONE
    (settings.local_dir / bootstrap.TRAINING_PENDING).touch()
    assert bootstrap.main(settings) == bootstrap.DONE
    assert version_numbers(settings) == ["2", "1"]
    assert not (settings.local_dir / bootstrap.TRAINING_PENDING).exists()


def test_telling_that_nothing_is_to_do_loads_no_heavy_package() -> None:
    """A second `make run` serves at once."""
    heavy = ("pandas", "pyarrow", "mlflow", "sklearn", "alembic", "matplotlib")
    program = f"import sys, training.bootstrap; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
