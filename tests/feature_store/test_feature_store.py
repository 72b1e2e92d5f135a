"""Feast over the exported features: what it answers is what the tables hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import numpy as np
import pandas as pd
import pytest
from pydantic import SecretStr
from sqlalchemy import func, insert, select

from local_servers.ports import HOST
from local_servers.programs import Program, running
from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.tables import HISTORY, LATEST, replaced_tables
from quantity.features.definitions import (
    ATTRIBUTES,
    ATTRIBUTES_OF,
    HISTORY_COLUMNS,
    SCOPES,
    columns_of,
)
from quantity.model.estimator import QuantityModel
from tests.support.feast.feast_program import PYTHON, Feast
from tests.support.feast.redis_server import redis_server
from tests.support.models.trained_model import publish_generated
from tests.support.publishing.changing_market import ITEMS
from tests.support.settings import settings_for
from training import export_features, preprocess, sample
from training.fit.dataset import read_dataset

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from quantity.settings import Settings

ORDERS, PAIRS = 10_000, 1_000
COLUMNS = [column.name for column in HISTORY_COLUMNS]
KEY = ["checkout_date", "store_id", "product_id"]
KEYS = list(dict.fromkeys(key for keys in SCOPES.values() for key in keys))


def publish(settings: Settings, *arguments: str) -> None:
    assert preprocess.main(list(arguments), settings) == preprocess.DONE
    assert export_features.main([], settings) == export_features.DONE


@pytest.fixture(scope="module")
def feast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feast]:
    """A feature store with the real orders of some stores."""
    folder = tmp_path_factory.mktemp("feast")
    with Feast(settings_for(folder), folder / "questions") as feast:
        assert sample.main(["--stores", "10", "--out", str(feast.settings.data_dir)]) == 0
        publish(feast.settings)
        feast.up_to_date()
        yield feast


@pytest.fixture(scope="module")
def engine(feast: Feast) -> Iterator[Engine]:
    engine = connect(feast.settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def orders(engine: Engine) -> pd.DataFrame:
    """Real orders with their features, as the table has them; the index is their place in what training reads."""
    every = read_table(engine, replaced_tables()[HISTORY]).sort_values(KEY, ignore_index=True)
    return every.sample(ORDERS, random_state=1).sort_index()


@pytest.fixture(scope="module")
def answered(feast: Feast, orders: pd.DataFrame) -> pd.DataFrame:
    """What Feast has for these orders, at any time of their day."""
    return feast.historical(asked_for(orders, plus="17h"))


def asked_for(orders: pd.DataFrame, plus: str = "0s") -> pd.DataFrame:
    """What Feast is asked: the keys of each order, and a moment of its day."""
    moments = pd.to_datetime(orders["checkout_date"], utc=True).dt.as_unit("us")
    keys = orders[KEYS].astype({key: object for key in KEYS if key in ATTRIBUTES})
    return keys.where(keys.notna(), None).assign(event_timestamp=moments + pd.Timedelta(plus)).reset_index(drop=True)


def assert_same_numbers(found: pd.DataFrame, wanted: pd.DataFrame, names: list[str]) -> None:
    """The numbers are equal; NULL is NaN, and whole numbers with NULLs among them are floats in a frame."""
    for name in names:
        np.testing.assert_array_equal(
            found[name].to_numpy(dtype=float, na_value=np.nan), wanted[name].to_numpy(dtype=float), err_msg=name
        )


def test_the_repository_has_the_declared_features_with_their_types_and_keys(feast: Feast) -> None:
    found = feast.described()
    ids = ("store_id", "product_id")
    assert found["entities"] == {key.removesuffix("_id"): key for key in KEYS}
    assert found["views"] == {
        scope: {
            "keys": {key: "Int64" if key in ids else "String" for key in keys},
            "features": {column.name: "Int64" if column.integer else "Float64" for column in columns_of(scope)}
            | dict.fromkeys(ATTRIBUTES_OF.get(scope, ()), "String"),
        }
        for scope, keys in SCOPES.items()
    }
    told = {name.partition(":")[2] for name in found["services"]["quantity_v1"]}
    assert told == {*COLUMNS, *(name for name in ATTRIBUTES if name not in KEYS)}
    assert {name.partition(":")[2] for name in found["services"]["attributes_v1"]} == set(ATTRIBUTES)


def test_ten_thousand_real_orders_have_the_features_of_the_table(orders: pd.DataFrame, answered: pd.DataFrame) -> None:
    assert len(answered) == ORDERS
    assert_same_numbers(answered, orders, COLUMNS)
    for name in ATTRIBUTES:
        np.testing.assert_array_equal(answered[name].isna().to_numpy(), orders[name].isna().to_numpy(), err_msg=name)
        assert (answered[name].dropna().to_numpy() == orders[name].dropna().to_numpy()).all(), name


def test_a_moment_before_its_day_an_order_has_not_the_features_of_that_day(feast: Feast, engine: Engine) -> None:
    pairs = read_table(engine, replaced_tables()[HISTORY]).sort_values(["store_id", "product_id", "checkout_date"])
    before = pairs.groupby(["store_id", "product_id"])["cnt_store_product"].shift()
    chosen = pairs[before.notna()].sample(500, random_state=2)
    found = feast.historical(asked_for(chosen, plus="-1us"))
    np.testing.assert_array_equal(found["cnt_store_product"].to_numpy(), before[chosen.index].to_numpy())
    assert (before[chosen.index] == chosen["cnt_store_product"] - 1).all()


def test_training_on_features_from_feast_gives_the_same_model(
    engine: Engine, orders: pd.DataFrame, answered: pd.DataFrame
) -> None:
    data = read_dataset(engine)
    X, y, day = data.X.iloc[orders.index].reset_index(drop=True), data.y[orders.index], data.day[orders.index]
    # The calendar is of the date.
    calendar = orders[["checkout_date", *(name for name in X if name not in answered)]].reset_index(drop=True)
    from_feast = pd.concat([answered, calendar], axis=1)[X.columns.to_list()].astype(X.dtypes.to_dict())
    pd.testing.assert_frame_equal(from_feast, X)
    models = [QuantityModel(max_iter=20).fit(features, y, day) for features in (X, from_feast)]
    answers = [model.predict(data.X.head(5_000)) for model in models]
    np.testing.assert_array_equal(answers[0], answers[1])


def test_a_thousand_pairs_have_the_latest_state_online(feast: Feast, engine: Engine) -> None:
    assert_latest_state(feast, engine, PAIRS)


def some_pairs(engine: Engine, count: int) -> pd.DataFrame:
    known = read_table(engine, replaced_tables()[f"{LATEST}store_product"], ("store_id", "product_id"))
    return known.sample(count, random_state=3).reset_index(drop=True)


def assert_latest_state(feast: Feast, engine: Engine, count: int = 50) -> None:
    latest = {scope: read_table(engine, replaced_tables()[f"{LATEST}{scope}"]) for scope in SCOPES}
    wanted = some_pairs(engine, count)
    found = feast.online(wanted)
    for group, attributes in ATTRIBUTES_OF.items():
        wanted = wanted.merge(latest[group][[f"{group}_id", *attributes]], how="left")
    for name in ATTRIBUTES:
        assert found[name].fillna("").to_list() == wanted[name].fillna("").to_list(), name
    for scope, keys in SCOPES.items():
        names = [column.name for column in columns_of(scope)]
        of_group = wanted.merge(latest[scope][[*keys, *names]], on=list(keys), how="left")
        assert_same_numbers(found, of_group, names)


def test_materializing_again_changes_nothing_and_no_pair_is_ever_without_values(feast: Feast, engine: Engine) -> None:
    with feast.watching(some_pairs(engine, 20)) as found:
        feast.up_to_date()
    assert found["times"] > 5
    assert found["missing"] == 0
    assert_latest_state(feast, engine)


def test_late_orders_and_an_earlier_date_change_what_is_known_after_them_and_nothing_before(tmp_path: Path) -> None:
    """With Redis, which may take values for old: late orders leave the as-of date, a rollback has an earlier one."""
    with redis_server(tmp_path) as address, Feast(on_redis(tmp_path, address), tmp_path / "questions") as feast:
        publish_generated(feast.settings, rows=1_500, weeks=12)
        assert export_features.main([], feast.settings) == export_features.DONE
        feast.up_to_date()
        engine = connect(feast.settings.database_url)
        orders = read_table(engine, replaced_tables()[HISTORY]).sort_values(KEY, ignore_index=True)
        day = sorted(orders["checkout_date"].unique())[-12]
        before = feast.historical(asked_for(orders))

        store_id = add_late_order(engine, day.date())
        publish(feast.settings, "--source", "db", "--incremental")
        feast.up_to_date()
        now = read_table(engine, replaced_tables()[HISTORY]).sort_values(KEY, ignore_index=True)
        found = feast.historical(asked_for(now))
        assert_same_numbers(found, now, COLUMNS)
        level, of_store = "avg_qty_store_l30d", (orders["store_id"] == store_id).to_numpy()
        is_before = (orders["checkout_date"] <= day).to_numpy()
        pd.testing.assert_series_equal(found[level][is_before], before[level][is_before])
        assert (found[level] > before[level])[of_store & ~is_before].all()
        assert_latest_state(feast, engine)

        publish(feast.settings, "--source", "db", "--as-of", str(day.date()))
        feast.up_to_date()
        assert_latest_state(feast, engine)
        engine.dispose()


def on_redis(folder: Path, address: str) -> Settings:
    return settings_for(folder).model_copy(update={"feature_store_redis": SecretStr(address)})


def add_late_order(engine: Engine, day: dt.date) -> int:
    """A large order of a past day in the raw tables; the store that it is of."""
    with engine.begin() as connection:
        line = connection.execute(select(ITEMS).where(ITEMS.c.checkout_date == day)).mappings().first()
        assert line is not None
        last = connection.scalar(select(func.max(ITEMS.c.line))) or 0
        connection.execute(insert(ITEMS).values({**line, "line": last + 1, "order_id": last + 1, "quantity": 500}))
    return int(line["store_id"])


def test_nothing_exported_says_what_to_run(tmp_path: Path) -> None:
    done = Feast(settings_for(tmp_path), tmp_path / "unused")("materialize")
    assert done.returncode == 2
    assert "run `python -m training.export_features` first" in done.stdout


@pytest.mark.parametrize(
    ("address", "told"),
    [("127.0.0.1:1,password=hidden", "Connection refused."), ("redis", "expected an address such as redis:6379")],
)
def test_a_redis_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, address: str, told: str) -> None:
    feast = Feast(on_redis(tmp_path, address), tmp_path / "unused")
    publish_generated(feast.settings, rows=300, weeks=2)
    assert export_features.main([], feast.settings) == export_features.DONE
    done = feast("materialize")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("feature_store: FEATURE_STORE_REDIS: ")
    assert told in done.stdout.splitlines()[-1]
    assert "Traceback" not in done.stdout
    assert "hidden" not in done.stdout


def test_its_pages_show_the_feature_service(feast: Feast, tmp_path: Path) -> None:
    command = (str(PYTHON), "-m", "feature_store", "up", "--port", "{port}")
    with running(Program("feast", command, "/", feast.environment), tmp_path) as server:
        assert "Feast" in httpx2.get(f"http://{HOST}:{server.port}/").text
        projects = httpx2.get(f"http://{HOST}:{server.port}/projects-list.json").json()
        assert [project["id"] for project in projects["projects"]] == ["quantity"]
        assert f"running on http://{HOST}:{server.port}" in server.log.read_text()
