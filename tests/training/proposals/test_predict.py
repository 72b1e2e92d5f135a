"""The program `predict.py`: whole lists of pairs get the answers that the service gives."""

from __future__ import annotations

import datetime as dt
import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import inspect

from quantity.db.engine import connect
from quantity.db.read import read_table
from quantity.db.snapshots import published
from quantity.db.tables import NEXT, PROPOSALS, RETIRED, replaced_tables
from quantity.registry import client
from tests.support.api.apps import NEVER_POLLS, live_app, running
from tests.support.models.trained_model import copy_of, publish_generated, trained
from tests.support.settings import settings_for
from training import predict
from training.proposals import table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import URL, Engine

    from quantity.settings import Settings

DATE = "2024-12-31"
NUMBERS = ["quantity", "typical", "low", "high"]


@dataclass(frozen=True)
class Result:
    """What a run left."""

    code: int
    out: str
    err: str


def run(settings: Settings, *arguments: object) -> Result:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = predict.main([str(argument) for argument in arguments], settings)
    return Result(code, out.getvalue(), err.getvalue())


def done(settings: Settings, *arguments: object) -> str:
    result = run(settings, *arguments)
    assert result.code == predict.DONE, result.err
    return result.out


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A champion and a snapshot that tests only look at."""
    return trained(tmp_path_factory).settings


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Settings:
    """A copy of them."""
    return copy_of(trained(tmp_path_factory), tmp_path / "own")


@pytest.fixture
def engine(own: Settings) -> Iterator[Engine]:
    """Connections to the copy's tables."""
    engine = connect(own.database_url)
    yield engine
    engine.dispose()


def asked_of_service(settings: Settings, pairs: pd.DataFrame, date: str) -> pd.DataFrame:
    app = live_app(settings.model_copy(update={"api_poll_seconds": NEVER_POLLS}))
    items: list[dict[str, Any]] = []
    with running(app):
        for first in range(0, len(pairs), 10_000):
            body = {"input": pairs.iloc[first : first + 10_000].to_dict("records"), "date": date}
            answer = app.client.post("/quantity/predict", json=body)
            assert answer.status_code == 200, answer.text
            items += answer.json()["items"]
    return pd.DataFrame(items)


def test_every_active_pair_gets_the_answer_that_the_service_gives(own: Settings, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    said = done(own, "--date", DATE, "--out", out, "--active-days", 10_000)
    found = pd.read_csv(out)
    assert len(found) > 1_000
    assert not found.duplicated(["store_id", "product_id"]).any()
    expected = asked_of_service(own, found[["store_id", "product_id"]], DATE)
    pd.testing.assert_frame_equal(found[[*NUMBERS, "status"]], expected[[*NUMBERS, "status"]], check_dtype=False)
    assert set(found["checkout_date"]) == {DATE}
    assert f"version 1 answered {len(found):,} of {len(found):,} for {DATE}" in said


def test_only_pairs_that_ordered_lately_are_active(own: Settings, engine: Engine, tmp_path: Path) -> None:
    out = tmp_path / "answers.parquet"
    done(own, "--date", DATE, "--out", out, "--active-days", 14)
    found = pd.read_parquet(out)
    latest = read_table(engine, replaced_tables()["latest_store_product"])
    active = latest[latest["days_since_store_product"] <= 14]
    assert 0 < len(active) < len(latest)
    assert set(zip(found["store_id"], found["product_id"], strict=True)) == set(
        zip(active["store_id"], active["product_id"], strict=True)
    )


def test_pairs_of_a_file_are_answered_in_its_order_for_every_date(
    own: Settings, engine: Engine, tmp_path: Path
) -> None:
    latest = read_table(engine, replaced_tables()["latest_store_product"], ("store_id", "product_id"))
    known = latest.iloc[[5, 0, 5]]
    never = never_ordered(latest)
    rows = [*known.itertuples(index=False, name=None), never, (999_999_999, never[1]), (never[0], 999_999_999)]
    path, out = tmp_path / "wanted pairs.csv", tmp_path / "answers.parquet"
    path.write_text("Product Id;Store Id\n" + "".join(f"{product};{store}\n" for store, product in rows))
    done(own, "--from", "2024-12-30", "--to", "2025-01-01", "--pairs", path, "--out", out)
    found = pd.read_parquet(out)
    assert found["checkout_date"].astype(str).tolist() == [
        day for day in ("2024-12-30", "2024-12-31", "2025-01-01") for _ in rows
    ]
    first = found.iloc[: len(rows)]
    assert first["store"].tolist() == [str(store) for store, _ in rows]
    assert first["product"].tolist() == [str(product) for _, product in rows]
    assert first["status"].tolist() == ["ok", "ok", "ok", "cold_start", "unknown_store", "unknown_product"]
    assert first["quantity"].isna().tolist() == [False, False, False, False, True, True]
    for day in ("2024-12-30", "2025-01-01"):
        expected = asked_of_service(own, pd.DataFrame(rows, columns=["store_id", "product_id"]), day)
        of_day = found[found["checkout_date"].astype(str) == day].reset_index(drop=True)
        pd.testing.assert_frame_equal(of_day[NUMBERS], expected[NUMBERS], check_dtype=False)


def never_ordered(latest: pd.DataFrame) -> tuple[int, int]:
    """A store and a product that both have ordered, not together."""
    ordered = set(zip(latest["store_id"], latest["product_id"], strict=True))
    stores, products = latest["store_id"].unique(), latest["product_id"].unique()
    return next((int(s), int(p)) for s in stores for p in products if (s, p) not in ordered)


@pytest.mark.parametrize("kind", ["sqlite", "mysql"])
def test_the_table_is_replaced_as_a_whole(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    url: URL | None = request.getfixturevalue("mysql_url") if kind == "mysql" else None
    settings = copy_of(trained(tmp_path_factory), tmp_path / kind, url)
    if url is not None:
        publish_generated(settings)
    out = tmp_path / "answers.parquet"
    done(settings, "--date", DATE, "--table", "--active-days", 14)
    done(settings, "--date", "2025-01-02", "--table", "--out", out, "--active-days", 28)
    engine = connect(settings.database_url)
    names, snapshot = inspect(engine).get_table_names(), published(engine)
    found = read_table(engine, replaced_tables()[PROPOSALS])
    engine.dispose()
    assert snapshot is not None
    assert not [name for name in names if name.endswith((NEXT, RETIRED))]
    keys = ["store_id", "product_id"]
    of_file = pd.read_parquet(out)[[*keys, *NUMBERS]].sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(
        found[[*keys, *NUMBERS]].sort_values(keys, ignore_index=True), of_file, check_dtype=False
    )
    assert set(found["checkout_date"].astype(str)) == {"2025-01-02"}
    assert set(found["snapshot_id"]) == {snapshot.snapshot_id}
    assert set(found["model_version"]) == {"1"}


def test_the_table_has_each_answered_pair_once(own: Settings, engine: Engine, tmp_path: Path) -> None:
    latest = read_table(engine, replaced_tables()["latest_store_product"], ("store_id", "product_id"))
    rows = [*latest.iloc[[3, 4, 3]].itertuples(index=False, name=None), (999_999_999, 1), (999_999_999, 2)]
    path, out = tmp_path / "pairs.csv", tmp_path / "answers.csv"
    path.write_text("STORE_ID,PRODUCT_ID\n" + "".join(f"{store},{product}\n" for store, product in rows))
    done(own, "--from", DATE, "--to", "2025-01-01", "--pairs", path, "--table", "--out", out)
    found = read_table(engine, replaced_tables()[PROPOSALS])
    assert len(found) == 2 * 2
    assert len(pd.read_csv(out)) == 2 * len(rows)


def test_a_run_that_fails_leaves_table_and_file_as_they_were(
    own: Settings, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "answers.csv"
    done(own, "--date", DATE, "--table", "--out", out, "--active-days", 14)
    before, file_before = read_table(engine, replaced_tables()[PROPOSALS]), out.read_bytes()

    def full(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(table, "rename_tables", full)
    result = run(own, "--date", "2025-01-02", "--table", "--out", out)
    assert result.code == predict.SERVER_FAILED
    assert "the disk is full" in result.err
    pd.testing.assert_frame_equal(read_table(engine, replaced_tables()[PROPOSALS]), before)
    assert out.read_bytes() == file_before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.csv", "own"]
    assert f"{PROPOSALS}{NEXT}" not in inspect(engine).get_table_names()


def test_without_a_champion_or_a_snapshot_it_says_what_to_run(own: Settings, tmp_path: Path) -> None:
    client(own).delete_registered_model_alias(own.model_name, own.model_alias)
    result = run(own, "--out", tmp_path / "answers.csv")
    assert result.code == predict.NOTHING_TO_ANSWER
    assert "python -m training.promote" in result.err
    empty = settings_for(tmp_path / "empty")
    result = run(empty, "--out", tmp_path / "answers.csv")
    assert result.code == predict.NOTHING_TO_ANSWER
    assert "run train.py first" in result.err
    assert not (tmp_path / "answers.csv").exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("STORE_ID,PRODUCT\n1,2\n", "found no column PRODUCT_ID"),
        ("STORE_ID,PRODUCT_ID\n", "no rows"),
        ("STORE_ID,PRODUCT_ID\n1,2\n1,\n", "line 3: nothing"),
        ("STORE_ID,PRODUCT_ID\n1,2\nx,2\n", "line 3: 'x'\n  The published snapshot's ids are whole numbers."),
        ("", "pairs.csv"),
    ],
)
def test_a_file_that_holds_no_pairs_is_refused(settings: Settings, tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(content)
    result = run(settings, "--pairs", path, "--out", tmp_path / "answers.csv")
    assert result.code == predict.NOTHING_TO_ANSWER
    assert told in result.err
    assert not (tmp_path / "answers.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "give --out FILE, --table, or both"),
        (["--date", "tomorrow", "--table"], "argument --date: 'tomorrow' is not a day as YYYY-MM-DD"),
        (["--out", "answers.xml"], "must end with .csv or .parquet"),
        (["--from", DATE, "--table"], "--from and --to belong together"),
        (["--from", DATE, "--to", "2024-12-01", "--table"], "expected 1 to 366 days"),
        (["--date", DATE, "--from", DATE, "--to", DATE, "--table"], "--date, or --from and --to"),
    ],
)
def test_what_cannot_be_meant_is_told(
    settings: Settings, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        predict.main(arguments, settings)
    assert told in " ".join(capsys.readouterr().err.split())


def test_a_date_left_out_is_today(own: Settings, tmp_path: Path) -> None:
    out = tmp_path / "answers.csv"
    done(own, "--out", out, "--active-days", 14)
    assert set(pd.read_csv(out)["checkout_date"]) == {str(own.today())}
    assert dt.date.fromisoformat(str(own.today())) >= dt.date(2026, 1, 1)
    assert np.isin(pd.read_csv(out)["status"], ["ok"]).all()
