"""A run of the DAG that brings features into Feast, without a scheduler: `airflow dags test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.tables import replaced_tables
from tests.support.api.service_process import environment_of
from tests.support.feast.feast_program import Feast
from tests.support.models.trained_model import publish_generated
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.airflow.airflow_program import Airflow

DAG = "dag_quantity_feature_store"


def test_a_run_brings_the_published_features_into_the_online_store(migrated_airflow: Airflow, tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    publish_generated(settings, rows=1_000, weeks=6)
    with Feast(settings, tmp_path / "questions") as feast:
        done = migrated_airflow("dags", "test", DAG, variables=environment_of(settings))
        assert done.returncode == 0, done.stdout
        tables = connect(settings.database_url)
        pairs = read_table(tables, replaced_tables()["latest_store_product"]).head(5)
        tables.dispose()
        found = feast.online(pairs[["store_id", "product_id"]])
    assert found["cnt_store_product"].to_list() == pairs["cnt_store_product"].to_list()
