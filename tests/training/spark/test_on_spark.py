"""Features that Spark computes are those of a single machine, cell by cell, wherever they come from and go."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from quantity.db.snapshots import published
from quantity.db.tables import HISTORY, LATEST, ORDER_DAYS, SNAPSHOT
from quantity.features.compute import HISTORY as HISTORY_PIECES
from quantity.features.compute import FeatureSet, compute_features
from quantity.features.definitions import SCOPES
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from tests.support.publishing.preprocess_runs import Result, engine_of, everything, leftovers_of
from tests.support.settings import settings_for
from tests.support.spark.spark_program import Run, run_on_spark
from training import preprocess
from training.publish.as_of import known_before
from training.sample_data.csv_output import write_csv_files
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    from pathlib import Path

    from local_servers.mysql_server import MysqlServer
    from quantity.raw import RawTables
    from quantity.settings import Settings

pytestmark = pytest.mark.alone

COMPARED = (HISTORY, ORDER_DAYS, *(name for name in SNAPSHOT if name.startswith(LATEST)))
AS_OF = "2024-12-01"
"""A day before the last orders."""


def market() -> RawTables:
    """Orders of which many tell no price, and some products none at all; one is of before 1970."""
    tables = synthetic_tables(4000, weeks=30)
    items = tables.order_items
    rng = np.random.default_rng(3)
    is_unknown = (rng.random(len(items)) < 0.3) | (items["product_id"] % 7 == 0)
    price = items["variant_case_price_cents"].astype("Int64").mask(is_unknown)
    day = items["checkout_date"].mask(items.index == 0, pd.Timestamp("1969-12-30")).astype("datetime64[s]")
    return replace(tables, order_items=items.assign(variant_case_price_cents=price, checkout_date=day))


def spoilt(folder: Path) -> None:
    """Change the files of a market: a word for a store, a quantity of 0 and a date of a far future."""
    path = folder / "data_order.csv"
    lines = path.read_text().splitlines()
    names = lines[0].split(",")
    for row, (name, value) in enumerate((("STORE_ID", "north"), ("QUANTITY", "0"), ("CHECKOUT_DATE", "2199-01-01")), 1):
        cells = lines[row].split(",")
        cells[names.index(name)] = value
        lines[row] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")


@dataclass(frozen=True)
class Market:
    """Runs on one market.

    Attributes:
        raw: its tables.
        folder: what the runs wrote is in it.
        results: by name.
        settings: of the runs that publish.
    """

    raw: RawTables
    folder: Path
    results: dict[str, Result]
    settings: dict[str, Settings]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, mysql_server: MysqlServer) -> Any:
    folder, raw = tmp_path_factory.mktemp("spark"), market()
    for name in ("data", "wrong"):
        (folder / name).mkdir()
        write_csv_files(raw, folder / name)
    spoilt(folder / "wrong")
    write_parquet(folder)
    with mysql_server.database() as url:
        settings = {
            "sqlite": settings_for(folder),
            "mysql": settings_for(folder, url),
            "sqlite, one machine": settings_for(folder).model_copy(update={"local_dir": folder / "one"}),
        }
        assert preprocess.main([], settings["sqlite, one machine"]) == preprocess.DONE
        assert preprocess.main([], settings["mysql"]) == preprocess.DONE
        of_files, out = settings["sqlite"], str(folder / "out")
        wrong = of_files.model_copy(update={"data_dir": folder / "wrong"})
        lake = of_files.model_copy(update={"data_dir": folder / "lake"})
        runs = {
            "sqlite": Run(of_files, ["--engine", "spark"]),
            "mysql": Run(settings["mysql"], ["--engine", "spark", "--source", "db", "--as-of", AS_OF]),
            "csv": Run(of_files, ["--engine", "spark", "--parquet", out, "--run-id", "csv"]),
            "lake": Run(lake, ["--engine", "spark", "--parquet", out, "--run-id", "lake"]),
            "tables": Run(
                settings["mysql"],
                ["--engine", "spark", "--source", "db", "--parquet", out, "--run-id", "tables", "--as-of", AS_OF],
            ),
            "again": Run(of_files, ["--engine", "spark", "--parquet", out, "--run-id", "csv"]),
            "wrong": Run(wrong, ["--engine", "spark", "--parquet", out, "--run-id", "wrong"]),
        }
        results = dict(zip(runs, run_on_spark(list(runs.values())), strict=True))
        yield Market(raw, folder, results, settings)


def write_parquet(folder: Path) -> None:
    """The files as a lake has them: orders as Parquet, under other names and in two files."""
    (folder / "lake").mkdir()
    for name in ("data_metadata_product.csv", "data_metadata_store.csv"):
        (folder / "lake" / name).write_bytes((folder / "data" / name).read_bytes())
    orders = pa.Table.from_pandas(pd.read_csv(folder / "data" / "data_order.csv", parse_dates=["CHECKOUT_DATE"]))
    orders = orders.rename_columns({"STORE_ID": "customer", "QUANTITY": "cases"})
    half = len(orders) // 2
    for number, part in enumerate((orders.slice(0, half), orders.slice(half))):
        pyarrow.parquet.write_table(part, folder / "lake" / f"data_order_{number}.parquet")
    (folder / "lake" / "columns.yaml").write_text("STORE_ID: customer\nQUANTITY: cases\n")


def expected(market: Market, as_of: str | None = None) -> FeatureSet:
    day = None if as_of is None else pd.Timestamp(as_of).date()
    known = known_before(market.raw, day, settings_for(market.folder).today())
    orders = sum_order_lines(known.raw.order_items)
    return compute_features(orders, derive_entities(known.raw), as_of=known.lines.as_of)


def test_files_are_published_as_by_one_machine(ran: Market) -> None:
    result = ran.results["sqlite"]
    assert result.code == preprocess.DONE, result.err
    assert "published snapshot 1" in result.out
    on_spark, on_one = everything(ran.settings["sqlite"]), everything(ran.settings["sqlite, one machine"])
    assert {name: on_spark[name] for name in COMPARED} == {name: on_one[name] for name in COMPARED}
    assert leftovers_of(ran.settings["sqlite"]) == []
    assert not list((ran.settings["sqlite"].local_dir / "spark").iterdir())


def test_tables_that_workers_read_are_published_as_by_one_machine(ran: Market, tmp_path: Path) -> None:
    result, settings = ran.results["mysql"], ran.settings["mysql"]
    assert result.code == preprocess.DONE, result.err
    on_spark = everything(settings)
    with engine_of(settings) as engine:
        snapshot = published(engine)
    assert snapshot is not None
    assert (snapshot.snapshot_id, str(snapshot.as_of_date)) == (2, AS_OF)
    assert preprocess.main(["--source", "db", "--as-of", AS_OF], settings) == preprocess.DONE
    on_one = everything(settings)
    assert {name: on_spark[name] for name in COMPARED} == {name: on_one[name] for name in COMPARED}


@pytest.mark.parametrize("name", ["csv", "lake", "tables"])
def test_parquet_files_hold_what_one_machine_computes(ran: Market, name: str) -> None:
    result, features = ran.results[name], expected(ran, AS_OF if name == "tables" else None)
    assert result.code == preprocess.DONE, result.err
    folder = ran.folder / "out" / name
    assert_same(folder / "features", features.history, ["store_id", "product_id", "checkout_date"])
    for scope, frame in features.latest.items():
        assert_same(folder / f"latest_{scope}", frame, list(SCOPES[scope]))
    record = json.loads((folder / "snapshot.json").read_text())
    assert record["as_of_date"] == str(features.as_of)
    assert record["rows"] == {HISTORY_PIECES: len(features.history)} | {k: len(v) for k, v in features.latest.items()}


def assert_same(folder: Path, frame: pd.DataFrame, key: list[str]) -> None:
    found = pyarrow.parquet.read_table(folder).to_pandas()
    assert list(found.columns) == list(frame.columns)
    both = [f.sort_values(key, ignore_index=True) for f in (found, frame)]
    for name in frame.columns:
        ours, theirs = (f[name] for f in both)
        if theirs.dtype.kind == "M":
            ours = pd.to_datetime(ours).astype(theirs.dtype)
        pd.testing.assert_series_equal(ours, theirs, check_dtype=False, check_exact=True)


def test_a_folder_of_another_run_is_left_alone(ran: Market) -> None:
    result = ran.results["again"]
    assert result.code == preprocess.BAD_INPUT
    assert "out/csv is there already" in result.err


def test_values_that_workers_cannot_use_are_told(ran: Market) -> None:
    result = ran.results["wrong"]
    assert result.code == preprocess.BAD_INPUT
    assert "STORE_ID: 1 lines, such as 'north'; expected a whole number from 1" in result.err
    assert "QUANTITY: 1 lines, such as '0'; expected a positive whole number of cases" in result.err
    assert "CHECKOUT_DATE: 1 lines, such as '2199-01-01'; expected a date" in result.err
    assert not (ran.folder / "out" / "wrong").exists()
