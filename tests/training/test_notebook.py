"""The model notebook runs from top to bottom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quantity.db.engine import connect
from quantity.features.compute import compute_features
from quantity.features.entities import derive_entities
from quantity.features.orders import sum_order_lines
from quantity.settings import Settings
from training.publish.publishing import publish
from training.sample_data.synthetic import synthetic_tables

if TYPE_CHECKING:
    import pytest

NOTEBOOK = Path(__file__).parents[2] / "training" / "dev" / "model.ipynb"


def test_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.delenv("MYSQL_HOST", raising=False)
    raw = synthetic_tables(5_000)
    features = compute_features(sum_order_lines(raw.order_items), derive_entities(raw))
    engine = connect(Settings().database_url)
    publish(engine, features, run_id="notebook", order_rows=len(raw.order_items))
    engine.dispose()
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "product mean" in capsys.readouterr().out
