"""Pictures of a dashboard's panels, drawn from what their queries return: to be looked at where no Grafana is.

``python -m tests.support.grafana.drawn_panels --database URL [--prometheus URL] --out FOLDER [--hours N]``
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.ticker import PercentFormatter
from sqlalchemy import create_engine

from tests.support.grafana.panel_answers import Answer, PanelAnswers, Sources
from tests.support.grafana.panel_statements import SESSION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DASHBOARDS: Final = Path(__file__).parents[3] / "grafana" / "dashboards"
INCHES_A_COLUMN: Final = 0.65
MOST_ROWS: Final = 20
FEW_POINTS: Final = 100


def main(argv: list[str] | None = None) -> int:
    """Draw every panel; return 1 where one has no data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True, help="address of the MySQL database, as SQLAlchemy writes it")
    parser.add_argument("--prometheus", help="address of Prometheus; without it, panels that ask it are left out")
    parser.add_argument("--out", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--dashboard", default="quantity_outcomes", help="name of the dashboard's file")
    parser.add_argument("--hours", type=float, help="so many of the panels that show the last day")
    arguments = parser.parse_args(argv)
    dashboard = json.loads((DASHBOARDS / f"{arguments.dashboard}.json").read_text(encoding="utf-8"))
    arguments.out.mkdir(parents=True, exist_ok=True)
    with create_engine(arguments.database).connect() as connection:
        connection.exec_driver_sql(SESSION)
        empty = [
            found.panel["title"]
            for found in Sources(connection, arguments.prometheus, arguments.hours).answers(dashboard)
            if found.answers and not draw(found, arguments.out)
        ]
    sys.stdout.writelines(f"no data: {title}\n" for title in empty)
    return 1 if empty else 0


def draw(found: PanelAnswers, folder: Path) -> bool:
    """Write a panel's picture; return whether it shows anything."""
    panel = found.panel
    mpl.use("Agg")
    place = panel["gridPos"]
    figure, axes = plt.subplots(figsize=(place["w"] * INCHES_A_COLUMN, place["h"] * INCHES_A_COLUMN * 0.7))
    {"timeseries": _chart, "stat": _stat, "table": _table}[panel["type"]](axes, found)
    axes.set_title(panel["title"], loc="left", fontsize=10)
    name = re.sub(r"\W+", "_", panel["title"]).strip("_").lower()
    figure.savefig(folder / f"{panel['id']:02}_{name}.png", dpi=80, bbox_inches="tight")
    plt.close(figure)
    return any(len(answer.rows) for answer in found.answers)


def _chart(axes: Axes, found: PanelAnswers) -> None:
    defaults = found.panel["fieldConfig"]["defaults"]
    is_bars = defaults["custom"].get("drawStyle") == "bars"
    for answer in found.answers:
        for name, rows in answer.rows.groupby("metric", sort=False):
            if is_bars:
                axes.bar(rows["time"], rows["value"], label=_legend(name, rows), width=_bar_days(found), alpha=0.6)
            else:
                style = "--" if re.match("promised|best", str(name)) else "-"
                axes.plot(rows["time"], rows["value"], style, label=_legend(name, rows), marker=_marker(rows))
    for step in defaults["thresholds"]["steps"][1:]:
        axes.axhline(step["value"], color=step["color"], linestyle=":", linewidth=1)
    for moment in found.marks["time"]:
        axes.axvline(moment, color="purple", linewidth=1)
    # Matplotlib's dates are days.
    start, end = (moment.timestamp() / 86_400 for moment in found.shown)
    axes.set_xlim(start, end)
    if "min" in defaults:
        axes.set_ylim(defaults["min"], 1.1 * axes.get_ylim()[1])
    if defaults["unit"] == "percentunit":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    axes.tick_params(axis="x", rotation=30, labelsize=7)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=6)


def _bar_days(found: PanelAnswers) -> float:
    """The width of a bar: most of a day, less where the range is short."""
    return min(0.8, (found.shown.end - found.shown.start).total_seconds() / 86_400 / FEW_POINTS)


def _marker(rows: pd.DataFrame) -> str:
    return "." if len(rows) < FEW_POINTS else ""


def _legend(name: object, rows: pd.DataFrame) -> str:
    return f"{name}  {rows['value'].iloc[-1]:.3g}"


def _stat(axes: Axes, found: PanelAnswers) -> None:
    defaults = found.panel["fieldConfig"]["defaults"]
    rows = found.answers[0].rows
    text = _formatted(rows["value"].iloc[0], defaults["unit"]) if len(rows) else defaults["noValue"]
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=18)
    axes.axis("off")


def _table(axes: Axes, found: PanelAnswers) -> None:
    axes.axis("off")
    rows = _joined(found)
    if len(rows):
        units = _units(found.panel)
        names = [str(name) for name in rows.columns]
        cells = [
            [_formatted(value, units.get(name, "")) for name, value in zip(names, row, strict=True)]
            for row in rows.head(MOST_ROWS).itertuples(index=False)
        ]
        drawn = axes.table(cells, colLabels=names, loc="upper center")
        drawn.auto_set_font_size(value=False)
        drawn.set_fontsize(7)
        drawn.auto_set_column_width(list(range(len(rows.columns))))


def _joined(found: PanelAnswers) -> pd.DataFrame:
    """The answers joined on their labels, with the panel's names of columns."""
    if len(found.answers) == 1:
        return found.answers[0].rows
    layout = next(each["options"] for each in found.panel["transformations"] if each["id"] == "organize")
    frames = [_as_value(answer) for answer in found.answers if len(answer.rows)]
    joined = pd.concat(frames, axis=1).reset_index() if frames else pd.DataFrame()
    return joined.rename(columns=layout["renameByName"])


def _as_value(answer: Answer) -> pd.DataFrame:
    labels = [name for name in answer.rows if name != "value"]
    return answer.rows.set_index(labels).rename(columns={"value": f"Value #{answer.query}"})


def _units(panel: Any) -> dict[str, str]:
    return {
        override["matcher"]["options"]: part["value"]
        for override in panel["fieldConfig"]["overrides"]
        for part in override["properties"]
        if part["id"] == "unit"
    }


def _formatted(value: object, unit: str) -> str:
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return ""
    if not isinstance(value, float):
        return str(value)
    if unit == "percentunit":
        return f"{value:.1%}"
    if unit.startswith("time:"):
        return f"{pd.Timestamp(value, unit='ms'):%Y-%m-%d}"
    return f"{value:.0f}" if value == round(value) else f"{value:.3f}"


if __name__ == "__main__":
    sys.exit(main())
