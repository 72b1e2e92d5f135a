"""The README's clients: what it tells to paste is run against a real server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.api.served import HOST, served
from tests.support.api.small_market import pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.api.apps import App

README = Path(__file__).parents[2] / "README.md"
TOLD = "127.0.0.1:8000"
STORE, PRODUCT = pairs().ordered[0]


@pytest.fixture(scope="module")
def address(shared_app: App) -> Iterator[str]:
    with served(shared_app.api) as port:
        yield f"{HOST}:{port}"


def block(language: str, holding: str) -> str:
    """The block of the README in a language that holds a text."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (found,) = [each for each in blocks if holding in each]
    return str(found)


def here(text: str, address: str) -> str:
    """The same for the small market, at the address of the test."""
    assert TOLD in text
    return text.replace(TOLD, address).replace("311", str(STORE)).replace("1265", str(PRODUCT))


def run(*command: str, folder: Path, path: Path | None = None) -> str:
    environment = os.environ | {
        "PYTHONPATH": str(path or folder),
        "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def quantity(app: App) -> int:
    body = {"input": [{"store_id": STORE, "product_id": PRODUCT}], "date": "2018-01-08"}
    (found,) = app.client.post("/quantity/predict", json=body).json()["predictions"]
    return int(found)


def test_the_request_by_curl(shared_app: App, address: str, tmp_path: Path) -> None:
    answer = json.loads(run("bash", "-c", here(block("sh", '"product_id": 999999'), address), folder=tmp_path))
    assert answer["predictions"] == [quantity(shared_app), None]


def test_the_request_by_httpx(shared_app: App, address: str, tmp_path: Path) -> None:
    said = run(sys.executable, "-c", here(block("python", "import httpx"), address), folder=tmp_path)
    first, _, _, status = said.split()
    assert (int(first), status) == (quantity(shared_app), "ok")


def test_the_typed_client_that_is_made_of_the_document(shared_app: App, address: str, tmp_path: Path) -> None:
    told = here(block("sh", "openapi-python-client generate"), address)
    generate, _, _ = told.partition(" && ")
    said = run("bash", "-c", generate, folder=tmp_path)
    assert "WARNING" not in said
    client = tmp_path / "order-quantity-client"
    said = run(
        sys.executable, "-c", here(block("python", "order_quantity_client"), address), folder=tmp_path, path=client
    )
    assert said == str([quantity(shared_app)])
