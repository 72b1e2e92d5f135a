"""Runs of the preprocessing DAG on a small SQLite database, without a scheduler: `airflow dags test`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from quantity.db.engine import connect
from quantity.db.snapshots import published
from quantity.db.tables import ORDER_DAYS, PARTS, POINTER, SNAPSHOT, replaced_tables
from tests.support.orders.csv_files import order_file, order_line, write
from tests.support.publishing.published_market import execute, publish_market
from tests.support.settings import settings_for

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from quantity.versions import Published
    from tests.support.airflow.airflow_program import Airflow

DAG = "dag_quantity_model_preprocessing"


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Engine]:
    """A database with raw tables and snapshot 1."""
    engine = connect(settings_for(tmp_path).database_url)
    publish_market(engine)
    yield engine
    engine.dispose()


def trigger(airflow: Airflow, market: Engine) -> subprocess.CompletedProcess[str]:
    """A run of the DAG on this database."""
    folder = str(market.url.database).removesuffix("/mlops.db")
    return airflow("dags", "test", DAG, variables={"LOCAL_DIR": folder, "DATA_DIR": str(data_dir(market))})


def data_dir(market: Engine) -> Path:
    return Path(str(market.url.database)).parents[1] / "data"


def current(market: Engine) -> Published:
    snapshot = published(market)
    assert snapshot is not None
    return snapshot


def digest(market: Engine) -> str:
    """A digest of every row of the published tables, but for the record of the run."""
    tables = replaced_tables()
    rows = hashlib.sha256()
    with market.connect() as connection:
        for name in SNAPSHOT:
            if name not in (ORDER_DAYS, PARTS, POINTER):
                table = tables[name]
                rows.update(repr(connection.execute(select(table).order_by(*table.primary_key)).all()).encode())
    return rows.hexdigest()


def test_a_run_without_new_files_publishes_the_same_tables_again_under_its_own_id(
    migrated_airflow: Airflow, market: Engine
) -> None:
    before = digest(market)
    done = trigger(migrated_airflow, market)
    assert done.returncode == 0, done.stdout
    snapshot = current(market)
    assert snapshot.snapshot_id == 2
    assert snapshot.run_id.startswith("manual__")
    # The run's own id stands in what its programs print.
    assert f"run {snapshot.run_id}, database" in done.stdout
    assert digest(market) == before


def test_a_broken_raw_table_fails_the_run_at_once_and_says_where(migrated_airflow: Airflow, market: Engine) -> None:
    before = digest(market)
    execute(market, "UPDATE fact_order_items SET quantity = 0 WHERE line = 7")
    done = trigger(migrated_airflow, market)
    assert done.returncode != 0
    assert "raw_checks: fact_order_items: quantity: 1 row without a quantity of at least 1 (line 7)" in done.stdout
    # Tried once, although there are retries.
    assert done.stdout.count("raw_checks: 1 of") == 1
    assert (current(market).snapshot_id, digest(market)) == (1, before)


def test_a_snapshot_that_changed_too_much_is_rolled_back(migrated_airflow: Airflow, market: Engine) -> None:
    before = digest(market)
    execute(market, "UPDATE fact_order_items SET quantity = quantity * 10")
    done = trigger(migrated_airflow, market)
    assert done.returncode != 0
    assert "quantities of the last 28 days: stability index" in done.stdout
    assert "snapshot_checks: rolled back to snapshot 1 of run first" in done.stdout
    assert (current(market).snapshot_id, digest(market)) == (1, before)


def test_new_orders_come_in_and_a_refused_file_turns_the_run_red_though_the_features_are_published(
    migrated_airflow: Airflow, market: Engine
) -> None:
    incoming = data_dir(market) / "incoming"
    incoming.mkdir(parents=True)
    write(incoming, {"a.csv": "a,b\n1,2\n", "b.csv": order_file(order_line(CHECKOUT_DATE="2024-12-30"))})
    before = current(market).order_rows
    done = trigger(migrated_airflow, market)
    assert done.returncode != 0
    assert "a.csv: columns ORDER_ID, STORE_ID" in done.stdout
    snapshot = current(market)
    assert (snapshot.snapshot_id, snapshot.order_rows, str(snapshot.as_of_date)) == (2, before + 1, "2024-12-31")
    assert sorted(path.name for path in incoming.rglob("*.*")) == ["a.csv", "a.csv.reason.txt", "b.csv"]
    assert (incoming / "done" / "b.csv").exists()
    assert done.stdout.count("compute totals: done") == 1
