"""The extraction of a dashboard's queries."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.containers.panel_queries import PanelQuery, panel_queries, substituted


def dashboard_file(directory: Path, panels: list[dict[str, Any]], variables: list[dict[str, Any]]) -> Path:
    path = directory / "dashboard.json"
    path.write_text(json.dumps({"panels": panels, "templating": {"list": variables}}), encoding="utf-8")
    return path


def panel(title: str, *expressions: str) -> dict[str, Any]:
    return {"type": "stat", "title": title, "targets": [{"expr": expr} for expr in expressions]}


def test_queries_come_from_top_to_bottom_and_from_inside_folded_rows(tmp_path: Path) -> None:
    folded = {"type": "row", "title": "folded", "panels": [panel("second", "c")]}
    path = dashboard_file(tmp_path, [panel("first", "a", "b"), folded, {"type": "text", "title": "note"}], [])

    assert panel_queries(path) == [
        PanelQuery("first", "a"),
        PanelQuery("first", "b"),
        PanelQuery("second", "c"),
    ]


def test_a_variable_that_may_be_all_takes_its_value_for_all(tmp_path: Path) -> None:
    variable = {"name": "instance", "includeAll": True, "allValue": ".+", "current": {"value": ["$__all"]}}
    path = dashboard_file(tmp_path, [panel("up", 'up{instance=~"$instance"}')], [variable])

    assert panel_queries(path) == [PanelQuery("up", 'up{instance=~".+"}')]


@pytest.mark.parametrize(("chosen", "expected"), [("a", "a"), (["a", "b"], "a|b")])
def test_a_variable_without_all_takes_what_is_chosen(tmp_path: Path, chosen: object, expected: str) -> None:
    variable = {"name": "handler", "includeAll": False, "current": {"value": chosen}}
    path = dashboard_file(tmp_path, [panel("x", 'x{h=~"${handler:regex}"}')], [variable])

    assert panel_queries(path) == [PanelQuery("x", f'x{{h=~"{expected}"}}')]


def test_grafanas_own_intervals_become_durations(tmp_path: Path) -> None:
    path = dashboard_file(tmp_path, [panel("x", "rate(x[$__rate_interval]) + increase(x[$__range])")], [])

    assert panel_queries(path) == [PanelQuery("x", "rate(x[1m]) + increase(x[30m])")]


def test_an_unknown_variable_is_an_error(tmp_path: Path) -> None:
    path = dashboard_file(tmp_path, [panel("x", 'x{a="$nowhere"}')], [])

    with pytest.raises(KeyError, match="nowhere"):
        panel_queries(path)


def test_a_query_in_sql_is_left_out_and_its_variables_need_no_value(tmp_path: Path) -> None:
    asks_mysql = {"type": "stat", "title": "sql", "targets": [{"rawSql": "SELECT $shift"}]}
    path = dashboard_file(tmp_path, [asks_mysql, panel("x", "x")], [{"name": "shift"}])

    assert panel_queries(path) == [PanelQuery("x", "x")]


def test_a_macro_is_left_to_the_data_source() -> None:
    assert substituted("$__timeFrom() - $shift, ${shift:pipe}", {"shift": "3"}) == "$__timeFrom() - 3, 3"
