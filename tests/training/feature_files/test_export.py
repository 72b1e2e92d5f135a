"""The features as files: what the tables hold, each value from the beginning of the day that it is of."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from filelock import FileLock
from pyarrow import dataset
from rich.console import Console
from sqlalchemy import func, insert, select

from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.tables import HISTORY, LATEST, replaced_tables
from quantity.feature_files import CURRENT, read_manifest
from quantity.features.definitions import ATTRIBUTES, HISTORY_COLUMNS, SCOPES
from tests.support.publishing.changing_market import ITEMS, Market, publish_incrementally
from tests.support.publishing.published_market import current, publish_market, publish_orders
from tests.support.settings import settings_for
from training import export_features
from training.feature_files import export as exporting
from training.feature_files.frames import EVENT_TIMESTAMP, beginning, schema_of
from training.incremental import plan
from training.phases import Phases
from training.publish.publishing import roll_back

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from quantity.settings import Settings

UTC = "UTC"
FILE = "file"


@pytest.fixture(autouse=True)
def _small_data_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LARGEST_SHARE", 0.95)


def export(settings: Settings) -> Path:
    assert export_features.main([], settings) == export_features.DONE
    return settings.feature_files_dir / CURRENT


def silent() -> Phases:
    return Phases(Console(file=io.StringIO()))


def rows_of(folder: Path, scope: str) -> pd.DataFrame:
    """All rows of a scope, by file and key: the history's files are named by their day."""
    files = dataset.dataset(folder / scope, format="parquet")
    table = files.to_table([*files.schema.names, "__filename"]).rename_columns([*files.schema.names, FILE])
    rows: pd.DataFrame = table.to_pandas()
    rows[FILE] = rows[FILE].map({path: Path(path).stem for path in files.files})
    return rows.sort_values([FILE, *SCOPES[scope]], ignore_index=True)


def file_of(folder: Path, scope: str, name: str) -> pd.DataFrame:
    rows = rows_of(folder, scope)
    return rows[rows[FILE] == name].drop(columns=FILE).reset_index(drop=True)


def all_rows(folder: Path) -> dict[str, pd.DataFrame]:
    return {scope: rows_of(folder, scope) for scope in SCOPES}


def assert_same(found: Mapping[str, pd.DataFrame], wanted: Mapping[str, pd.DataFrame]) -> None:
    for scope, rows in wanted.items():
        pd.testing.assert_frame_equal(found[scope], rows, obj=scope)


def as_asked(settings: Settings, orders: pd.DataFrame, moments: pd.Series) -> pd.DataFrame:
    """What the files have for these pairs at these moments: of each scope, the newest row that is not later."""
    folder = settings.feature_files_dir / CURRENT
    asked = orders[["store_id", "product_id", *ATTRIBUTES]].reset_index(drop=True)
    asked = asked.assign(moment=moments.to_numpy()).reset_index(names="place").sort_values("moment")
    for scope, keys in SCOPES.items():
        known = rows_of(folder, scope).drop(columns=FILE).sort_values(EVENT_TIMESTAMP)
        known = known.drop(columns=[name for name in ATTRIBUTES if name in known and name not in keys])
        asked = pd.merge_asof(asked, known, left_on="moment", right_on=EVENT_TIMESTAMP, by=list(keys))
        asked = asked.drop(columns=EVENT_TIMESTAMP)
    return asked.sort_values("place", ignore_index=True)


def moments_of(days: pd.Series, time_zone: str = UTC, plus: str = "0s") -> pd.Series:
    """The beginning of each day, and a bit."""
    starts = {day: beginning(day.date(), time_zone) for day in days.unique()}
    return pd.Series(pd.to_datetime([starts[day] for day in days], utc=True).as_unit("us") + pd.Timedelta(plus))


def features(engine: Engine) -> pd.DataFrame:
    return read_table(engine, replaced_tables()[HISTORY])


NAMES = [column.name for column in HISTORY_COLUMNS]


@pytest.mark.parametrize("plus", ["0s", "23h59m59s"])
def test_an_order_finds_its_features_at_any_time_of_its_day(engine: Engine, tmp_path: Path, plus: str) -> None:
    publish_market(engine)
    settings = settings_for(tmp_path, engine.url)
    export(settings)
    orders = features(engine)
    found = as_asked(settings, orders, moments_of(orders["checkout_date"], plus=plus))
    pd.testing.assert_frame_equal(found[NAMES], orders[NAMES], check_dtype=False)
    assert found[NAMES].notna().any().mean() > 0.9


def test_just_before_its_day_an_order_finds_what_was_known_the_order_before(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    publish_market(sqlite_engine)
    settings = settings_for(tmp_path, sqlite_engine.url)
    export(settings)
    pairs = features(sqlite_engine).sort_values(["store_id", "product_id", "checkout_date"])
    before = pairs.groupby(["store_id", "product_id"])["cnt_store_product"].shift()
    found = as_asked(settings, pairs, moments_of(pairs["checkout_date"], plus="-1us"))["cnt_store_product"]
    assert before.notna().sum() > 500
    np.testing.assert_array_equal(found.to_numpy(), before.to_numpy())


def test_the_latest_state_holds_from_the_as_of_date_and_knows_the_day_before(engine: Engine, tmp_path: Path) -> None:
    publish_market(engine)
    settings = settings_for(tmp_path, engine.url)
    folder, as_of = export(settings), current(engine).as_of_date
    for scope in SCOPES:
        rows = file_of(folder, scope, "latest")
        stored = read_table(engine, replaced_tables()[f"{LATEST}{scope}"])
        assert set(rows[EVENT_TIMESTAMP]) == {pd.Timestamp(as_of, tz=UTC)}
        found = rows[stored.columns].sort_values(list(SCOPES[scope])).reset_index(drop=True)
        wanted = stored.sort_values(list(SCOPES[scope])).reset_index(drop=True)
        pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    # Half of the last day's orders, and only they, are new to it.
    last = features(engine)
    last = last[last["checkout_date"].dt.date == as_of - dt.timedelta(days=1)]
    assert len(last)
    evening = as_asked(settings, last, moments_of(last["checkout_date"], plus="23h59m59s"))["cnt_store_product"]
    midnight = as_asked(settings, last, moments_of(last["checkout_date"], plus="24h"))["cnt_store_product"]
    np.testing.assert_array_equal(midnight.to_numpy(), evening.to_numpy() + 1)


def test_a_day_begins_in_the_time_zone_of_the_days(sqlite_engine: Engine, tmp_path: Path) -> None:
    publish_market(sqlite_engine)
    settings = settings_for(tmp_path, sqlite_engine.url).model_copy(update={"time_zone": "Australia/Sydney"})
    folder = export(settings)
    for name, rows in rows_of(folder, "store").groupby(FILE):
        local = rows[EVENT_TIMESTAMP].dt.tz_convert(ZoneInfo("Australia/Sydney"))
        day = current(sqlite_engine).as_of_date if name == "latest" else dt.date.fromisoformat(str(name))
        assert set(local.dt.tz_localize(None)) == {pd.Timestamp(day)}
    # Another zone: no file stays.
    export(settings.model_copy(update={"time_zone": UTC}))
    assert set(file_of(folder, "store", "latest")[EVENT_TIMESTAMP].dt.hour) == {0}


def test_the_files_have_the_declared_types_and_no_group_without_a_name(sqlite_engine: Engine, tmp_path: Path) -> None:
    publish_market(sqlite_engine)
    folder = export(settings_for(tmp_path, sqlite_engine.url))
    for scope in SCOPES:
        for path in (folder / scope).glob("*.parquet"):
            table = pq.read_table(path)
            assert table.schema.remove_metadata() == schema_of(scope)
            assert not any(table[key].null_count for key in SCOPES[scope])
            keys = table.select(list(SCOPES[scope])).to_pandas()
            assert not keys.duplicated().any()


@pytest.mark.parametrize("seed", range(2))
def test_night_after_night_the_files_are_those_of_an_export_from_nothing(
    sqlite_engine: Engine, tmp_path: Path, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, changing = settings_for(tmp_path, sqlite_engine.url), Market(sqlite_engine, seed)
    shared = 0
    for night in range(6):
        if night == 4:
            # What was published after it gets no number that an export has seen.
            roll_back(sqlite_engine)
        else:
            changing.change()
            publish_incrementally(settings, f"night {night}")
        capsys.readouterr()
        folder = export(settings)
        shared += int(capsys.readouterr().out.split("written, ")[1].split(" ")[0].replace(",", ""))
        whole = settings.model_copy(update={"local_dir": tmp_path / f"whole {night}", "mysql_host": None})
        found = all_rows(folder)
        exporting.export(sqlite_engine, whole.feature_files_dir, UTC, silent())
        assert_same(found, all_rows(whole.feature_files_dir / CURRENT))
    assert shared > 50


def test_a_late_order_changes_the_files_of_the_days_after_it_alone(sqlite_engine: Engine, tmp_path: Path) -> None:
    settings = settings_for(tmp_path, sqlite_engine.url)
    Market(sqlite_engine, 7)
    publish_incrementally(settings, "first")
    folder = export(settings)
    before, inodes = all_rows(folder), {path.name: path.stat().st_ino for path in (folder / "store").glob("20*")}
    with sqlite_engine.begin() as connection:
        days = sorted(set(connection.scalars(select(ITEMS.c.checkout_date))))
        late = connection.execute(select(ITEMS).where(ITEMS.c.checkout_date == days[-10])).mappings().first()
        assert late is not None
        line = (connection.scalar(select(func.max(ITEMS.c.line))) or 0) + 1
        connection.execute(insert(ITEMS).values({**late, "line": line, "order_id": line, "quantity": 900}))
    publish_incrementally(settings, "late")
    export(settings)
    after = all_rows(folder)
    kept = [str(day) for day in days if day < days[-10]]
    assert {name: (folder / "store" / f"{name}.parquet").stat().st_ino for name in kept} == {
        name: inodes[f"{name}.parquet"] for name in kept
    }
    rows = [frame["store"] for frame in (before, after)]
    unchanged = [frame[frame[FILE].isin(kept)] for frame in rows]
    pd.testing.assert_frame_equal(unchanged[1], unchanged[0])
    of_store = [frame[(frame["store_id"] == late["store_id"]) & (frame[FILE] == "latest")] for frame in rows]
    known = [frame["avg_qty_store_l30d"] for frame in of_store]
    assert known[1].item() > known[0].item() + 1


def test_another_database_under_the_same_numbers_shares_nothing(tmp_path: Path) -> None:
    for run, factor in (("one", 1), ("two", 3)):
        settings = settings_for(tmp_path / run)
        engine = connect(settings.database_url)
        publish_orders(engine, run, factor=factor)
        assert current(engine).snapshot_id == 1
        found = exporting.export(engine, tmp_path / "files", UTC, silent())
        assert found.written == len(found.manifest.days)
        engine.dispose()


def test_nothing_published_says_what_to_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_for(tmp_path)
    settings.local_dir.mkdir(parents=True)
    assert export_features.main([], settings) == export_features.NOTHING_TO_EXPORT
    assert "run `python -m training.preprocess` first" in capsys.readouterr().err
    assert not (settings.feature_files_dir / CURRENT).exists()


def test_a_second_run_at_a_time_is_refused(
    sqlite_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    settings = settings_for(tmp_path, sqlite_engine.url)
    export(settings)
    with FileLock(settings.feature_files_dir / ".lock"):
        assert export_features.main([], settings) == export_features.SERVER_FAILED
    assert f"another run is exporting to {settings.feature_files_dir}" in capsys.readouterr().err


def test_a_run_that_fails_leaves_the_export_that_was_there(
    sqlite_engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    settings = settings_for(tmp_path, sqlite_engine.url)
    folder = export(settings)
    before, manifest = all_rows(folder), read_manifest(folder)
    publish_orders(sqlite_engine, "second", factor=2)
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE latest_category")
    assert export_features.main([], settings) != export_features.DONE
    assert "latest_category" in capsys.readouterr().err
    assert read_manifest(folder) == manifest
    assert_same(all_rows(folder), before)
