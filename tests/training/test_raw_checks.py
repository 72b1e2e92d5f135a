"""The program that checks the raw tables: its report, its limits, its exit codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.publishing.published_market import ROWS, execute, publish_market
from training import raw_checks
from training.raw_checks import DATABASE_FAILED, FAULTY, SOUND

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from sqlalchemy import Engine

    from quantity.settings import Settings


def test_every_check_of_sound_tables_is_reported(
    engine: Engine, database_settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(engine)
    assert raw_checks.main([], database_settings) == SOUND
    output = capsys.readouterr()
    assert f"fact_order_items: rows {ROWS:,}" in " ".join(output.out.split())
    assert "orders from 2024-07-01 to 2024-12-29" in output.out
    assert "FAULT" not in output.out
    assert output.err == ""


def test_a_database_without_tables_is_told_as_such(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert raw_checks.main([], settings) == FAULTY
    assert capsys.readouterr().err.splitlines() == [
        *(
            f"raw_checks: {name}: columns: no such table: load the CSV files first (preprocess --source csv)"
            for name in ("fact_order_items", "dim_product", "dim_store")
        ),
        "raw_checks: 3 of 3 checks failed",
    ]


def test_the_program_ends_with_the_faults(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    publish_market(sqlite_engine)
    execute(sqlite_engine, "UPDATE fact_order_items SET quantity = 0 WHERE line = 3")
    assert raw_checks.main(["--max-age-days", ""], settings) == FAULTY
    output = capsys.readouterr()
    assert "FAULT  fact_order_items: quantity" in output.out
    first, last = output.err.splitlines()
    assert first == "raw_checks: fact_order_items: quantity: 1 row without a quantity of at least 1 (line 3)"
    assert last.endswith("checks failed")


def test_limits_come_from_the_command_line(sqlite_engine: Engine, settings: Settings) -> None:
    publish_market(sqlite_engine)
    assert raw_checks.main(["--max-age-days", "7"], settings) == FAULTY
    assert raw_checks.main(["--max-unknown-share", "0"], settings) == FAULTY
    execute(sqlite_engine, "DELETE FROM fact_order_items WHERE line <= 1500")
    assert raw_checks.main([], settings) == FAULTY
    assert raw_checks.main(["--max-row-drop", "0.5"], settings) == SOUND


def test_a_database_that_cannot_be_read_is_another_exit_code(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "mlops.db").write_bytes(b"no database at all " * 100)
    assert raw_checks.main([], settings) == DATABASE_FAILED
    assert "file is not a database" in capsys.readouterr().err
