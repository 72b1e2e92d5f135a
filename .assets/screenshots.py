"""Takes the README's screenshots, in light and in dark, of what this checkout does: ``make screenshots``.

In a folder of its own it does what `make run` does, with the sample data, and opens the page, the run in MLflow's
pages, and Airflow's after some runs of a DAG. What the checkout holds in `local/` and `training/` is not touched.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from mlflow.tracking import MlflowClient
from PIL import Image

from local_servers.mysql_server import HOST, free_port
from local_servers.programs import Program, running
from quantity.settings import Settings
from tests.support.airflow.airflow_program import DAGS, ROOT
from tests.support.airflow.airflow_stack import AirflowClient, when_read
from tests.support.api.chromium import find_chromium, launched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parent
MOST_BYTES = 200_000
"""A README with larger pictures is slow to open."""

SECONDS = 900.0
"""For data, features and model."""
WIDTH, HEIGHT = 1280, 800
COLOURS = 256
"""Of the pictures: a third of the bytes, and no difference that one sees."""
QUESTION = "?store_id=311&product_id=1265&date=2018-01-08"
"""Of the README's first request."""
DAG, RUNS = "dag_quantity_model_preprocessing", 5


Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class View:
    """What a picture shows.

    Attributes:
        name: of its files.
        url: of the page.
        shown: waits for what is to be seen, and does what a reader would do to see it.
        stored: what the page finds in the browser's storage: how its panels stand, as after a first visit.
        is_whole: whether the picture has the page's whole height.
    """

    name: str
    url: str
    shown: Callable[[Page], None]
    stored: Mapping[str, str]
    is_whole: bool = False


def main() -> int:
    """Make everything from nothing and take the pictures; the result is an exit code."""
    chromium = find_chromium()
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder, ExitStack() as servers:
        views = [
            servers.enter_context(view) for view in (_page(Path(folder)), _mlflow(Path(folder)), _airflow(Path(folder)))
        ]
        with launched(chromium) as browser:
            sizes = [_take(browser, view, scheme) for view in views for scheme in get_args(Scheme)]
    return int(max(sizes) > MOST_BYTES)


@contextmanager
def _page(folder: Path) -> Iterator[View]:
    _say("data, features, model and service (minutes)")
    command = (sys.executable, "-m", "command_line", "run")
    environment = _settings(folder) | {"API_HOST": HOST, "API_PORT": "{port}"}
    with running(Program("service", command, "/healthcheck/ready", environment), folder, SECONDS) as service:
        yield View("page", f"http://{HOST}:{service.port}/{QUESTION}", _reasons, {}, is_whole=True)


def _reasons(page: Page) -> None:
    # The first explanation starts a process.
    page.get_by_text("What moves the estimate most").wait_for(timeout=60_000)


@contextmanager
def _mlflow(folder: Path) -> Iterator[View]:
    _say("MLflow")
    store = Settings(_env_file=None, local_dir=folder / "local", mlflow_tracking_uri=None, mysql_host=None).tracking_uri
    command = (sys.executable, "-m", "mlflow", "ui", "--backend-store-uri", store, "--host", HOST, "--port", "{port}")
    champion = MlflowClient(store).get_model_version_by_alias("quantity", "champion")
    run = MlflowClient(store).get_run(str(champion.run_id))
    with running(Program("mlflow", command, "/health"), folder) as server:
        path = f"/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
        stored = {
            # Of its pages for models, not those for language models; and without its assistant.
            "mlflow.workflowType_v1": '"machine_learning"',
            "mlflow.assistant.fab.autoOpenedOnFirstLoad_v1": "true",
            "mlflow.assistant.panelOpen_v1": "false",
        }
        yield View("mlflow-run", f"http://{HOST}:{server.port}{path}", _scores, stored)


def _scores(page: Page) -> None:
    page.get_by_placeholder("Search metrics").fill("score")
    page.get_by_text("baseline_last_order_score").wait_for()


@contextmanager
def _airflow(folder: Path) -> Iterator[View]:
    _say(f"Airflow, {RUNS} runs of {DAG}")
    programs = ROOT / ".airflow-venv" / "bin"
    environment = _settings(folder) | {
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": "{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{{port}}/execution/",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        # Nobody logs in: it listens on this machine alone, for minutes.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
        "QUANTITY_PYTHON": sys.executable,
    }
    program = Program("airflow", (str(programs / "airflow"), "standalone"), "/api/v2/monitor/health", environment)
    with running(program, folder) as server:
        client = AirflowClient(server.port)
        when_read(client, DAG)
        client.unpause(DAG)
        for _ in range(RUNS):
            client.trigger(DAG)
        client.close()
        stored = {
            "react-resizable-panels:grid-ltr": '{"details-panel,main-panel":{"expandToSizes":{},"layout":[40,60]}}'
        }
        yield View("airflow-grid", f"http://{HOST}:{server.port}/dags/{DAG}", _grid, stored)


def _grid(page: Page) -> None:
    page.get_by_text("report_refused_files").first.wait_for()
    page.locator("canvas").first.wait_for()


def _settings(folder: Path) -> dict[str, str]:
    """Everything in a folder, whatever the developer's own settings are."""
    return {
        "LOCAL_DIR": str(folder / "local"),
        "DATA_DIR": str(folder / "data"),
        "ARTIFACTS_DIR": str(folder / "artifacts"),
        "LOGNAME": "quantity",
    }


def _take(browser: Browser, view: View, scheme: Scheme) -> int:
    """Take a picture and write it; its size in bytes."""
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme, locale="en-GB")
    stored = {"_mlflow_dark_mode_toggle_enabled": str(scheme == "dark").lower(), **view.stored}
    page.add_init_script("".join(f"localStorage.setItem({name!r}, {value!r});" for name, value in stored.items()))
    page.goto(view.url)
    view.shown(page)
    # Charts are drawn with movement.
    page.wait_for_timeout(2_000)
    picture = PICTURES / f"{view.name}-{scheme}.png"
    with Image.open(BytesIO(page.screenshot(full_page=view.is_whole))) as image:
        image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)
    page.close()
    size = picture.stat().st_size
    _say(f"{picture.name}: {size:,} bytes" + (f", more than {MOST_BYTES:,}" if size > MOST_BYTES else ""))
    return size


def _say(words: str) -> None:
    print(f"==> {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
