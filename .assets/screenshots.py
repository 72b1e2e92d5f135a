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

from PIL import Image

from local_servers.ports import HOST, free_port
from local_servers.programs import Program, running
from quantity.registry import client
from quantity.settings import Settings
from tests.support.airflow.airflow_program import find_airflow
from tests.support.airflow.airflow_stack import AirflowClient, when_read
from tests.support.api.chromium import ChromiumMissingError, find_chromium, launched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parent
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


def main() -> None:
    """Make everything from nothing and take the pictures."""
    try:
        chromium = find_chromium()
    except ChromiumMissingError as error:
        sys.exit(f"{error}: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="screenshots-") as name, ExitStack() as servers:
        folder = Path(name)
        settings = _settings(folder)
        views = [servers.enter_context(view(settings, folder)) for view in (_page, _mlflow, _airflow)]
        with launched(chromium) as browser:
            for view in views:
                for scheme in get_args(Scheme):
                    _take(browser, view, scheme)


def _settings(folder: Path) -> Settings:
    """The developer's own, with everything in a folder."""
    folders = {f"{kind}_dir": folder / kind for kind in ("data", "artifacts", "local")}
    settings = Settings(**folders)  # type: ignore[arg-type]
    if settings.mysql_host is not None or settings.mlflow_tracking_uri is not None:
        # An empty variable would not do: the one in `.env` would count.
        sys.exit("leave MYSQL_HOST and MLFLOW_TRACKING_URI empty, in .env too: sample data would replace what is there")
    return settings


def _variables(settings: Settings) -> dict[str, str]:
    """The variables of these settings, for programs; and a name for MLflow to show."""
    folders = {name.upper(): str(getattr(settings, name)) for name in ("data_dir", "artifacts_dir", "local_dir")}
    return folders | {"LOGNAME": "quantity"}


@contextmanager
def _page(settings: Settings, folder: Path) -> Iterator[View]:
    _say("data, features, model and service (minutes)")
    command = (sys.executable, "-m", "command_line", "run")
    environment = _variables(settings) | {"API_HOST": HOST, "API_PORT": "{port}"}
    with running(Program("service", command, "/healthcheck/ready", environment), folder, SECONDS) as service:
        yield View("page", f"http://{HOST}:{service.port}/{QUESTION}", _reasons, {}, is_whole=True)


def _reasons(page: Page) -> None:
    # The first explanation starts a process.
    page.get_by_text("What moves the estimate most").wait_for(timeout=60_000)


@contextmanager
def _mlflow(settings: Settings, folder: Path) -> Iterator[View]:
    _say("MLflow")
    store = ("--backend-store-uri", settings.tracking_uri)
    command = (sys.executable, "-m", "mlflow", "ui", *store, "--host", HOST, "--port", "{port}")
    champion = client(settings).get_model_version_by_alias(settings.model_name, settings.model_alias)
    run = client(settings).get_run(str(champion.run_id))
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
def _airflow(settings: Settings, folder: Path) -> Iterator[View]:
    _say(f"Airflow, {RUNS} runs of {DAG}")
    home = folder / "airflow"
    home.mkdir()
    airflow = find_airflow(home)
    environment = (
        airflow.environment
        | _variables(settings)
        | {
            # It starts its parts by its name.
            "PATH": f"{airflow.python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": "{port}",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{{port}}/execution/",
            # Nobody logs in: it listens on this machine alone, for minutes.
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        }
    )
    command = (str(airflow.python.with_name("airflow")), "standalone")
    with running(Program("airflow", command, "/api/v2/monitor/health", environment), folder) as server:
        rest = AirflowClient(server.port)
        when_read(rest, DAG)
        rest.unpause(DAG)
        for _ in range(RUNS):
            run = rest.trigger(DAG)
            if run.state != "success":
                sys.exit(f"{run.run_id} of {DAG}: {run.state}\n" + "\n".join(run.logs.values()))
        rest.close()
        stored = {
            "react-resizable-panels:grid-ltr": '{"details-panel,main-panel":{"expandToSizes":{},"layout":[40,60]}}'
        }
        yield View("airflow-grid", f"http://{HOST}:{server.port}/dags/{DAG}", _grid, stored)


def _grid(page: Page) -> None:
    page.get_by_text("report_refused_files").first.wait_for()
    page.locator("canvas").first.wait_for()


def _take(browser: Browser, view: View, scheme: Scheme) -> None:
    """Take a picture and write it."""
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
    _say(f"{picture.name}: {picture.stat().st_size:,} bytes")


def _say(words: str) -> None:
    print(f"==> {words}", flush=True)


if __name__ == "__main__":
    main()
