"""Write the Grafana dashboards to grafana/dashboards, or check that the files there are current."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import fastapi_dashboard
import quantity_dashboard
from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from outcomes import outcomes_dashboard

DIRECTORY: Final = Path(__file__).parent / "dashboards"


def rendered() -> Mapping[Path, str]:
    """Return the text of each dashboard file."""
    return {
        DIRECTORY / "fastapi.json": as_json(fastapi_dashboard.build()),
        DIRECTORY / "quantity_model.json": as_json(quantity_dashboard.build()),
        DIRECTORY / "quantity_outcomes.json": as_json(outcomes_dashboard.build()),
    }


def as_json(dashboard: Dashboard) -> str:
    """Return a dashboard as Grafana provisions it: with a uid, and without the id of any one database."""
    return json.dumps({"id": None, **dashboard.build().to_json()}, cls=JSONEncoder, indent=2) + "\n"


def write() -> None:
    """Write every dashboard file."""
    DIRECTORY.mkdir(exist_ok=True)
    for path, text in rendered().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")


def outdated() -> list[Path]:
    """Return the files that are missing or differ from what would be written."""
    return [path for path, text in rendered().items() if not _holds(path, text)]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main() -> int:
    """Return 1 when --check finds a file that is not current, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not current")
    if not parser.parse_args().check:
        write()
        return 0
    for path in (stale := outdated()):
        print(f"{path} is not current: run `python grafana/build_dashboards.py`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
