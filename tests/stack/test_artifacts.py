"""MLflow in the stack, and where its artifacts are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.support.containers.server_answers import readiness
from tests.support.containers.stack import MAIN_FILE, S3_FILE

if TYPE_CHECKING:
    from tests.support.containers.stack import Stack

pytestmark = pytest.mark.container


def test_mlflow_answers_other_containers_by_its_name_and_strangers_not_at_all(stack: Stack) -> None:
    page = stack.python("api", "from urllib.request import urlopen; print(urlopen('http://mlflow:5000/').read())")
    champion = stack.python(
        "api",
        "from quantity.registry import version_number\n"
        "from quantity.settings import Settings\n"
        "print(version_number(Settings()))",
    )
    stranger = stack.python(
        "api",
        "from http.client import HTTPConnection\n"
        "connection = HTTPConnection('mlflow', 5000)\n"
        "connection.request('GET', '/', headers={'Host': 'elsewhere.example'})\n"
        "print(connection.getresponse().status)",
    )

    assert "<title>MLflow</title>" in page
    assert champion == readiness(stack).json()["model"]["version"]
    assert stranger == "403"


def test_artifacts_are_in_the_mounted_folder_and_belong_to_its_owner(stack: Stack) -> None:
    models = list(stack.artifacts.rglob("model.skops"))
    plots = list(stack.artifacts.rglob("*.png"))

    assert models
    assert plots
    assert {path.stat().st_uid for path in [*models, *plots]} == {stack.artifacts.stat().st_uid}


S3_VARIABLES: Final = {
    "MLFLOW_ARTIFACTS_DESTINATION": "s3://artifacts/quantity",
    "MLFLOW_S3_ENDPOINT_URL": "http://s3:9000",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}
MAKE_BUCKET: Final = """
import boto3
boto3.client("s3", endpoint_url="http://s3:9000").create_bucket(Bucket="artifacts")
"""
LOG_AND_READ: Final = """
import mlflow
mlflow.set_tracking_uri("http://mlflow:5000")
mlflow.set_experiment("s3")
with mlflow.start_run() as run:
    mlflow.log_text("kept in a bucket", "note.txt")
print(mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt"))
"""
LIST_BUCKET: Final = """
import boto3
listing = boto3.client("s3", endpoint_url="http://s3:9000").list_objects_v2(Bucket="artifacts")
print(*(item["Key"] for item in listing["Contents"]))
"""


def test_one_variable_moves_artifacts_to_s3(stack: Stack) -> None:
    files = (MAIN_FILE, S3_FILE)
    try:
        stack.compose("up", "--detach", "--wait", "--no-deps", "s3", "mlflow", files=files, variables=S3_VARIABLES)
        stack.python("mlflow", MAKE_BUCKET)
        read = stack.python("api", LOG_AND_READ)
        keys = stack.python("mlflow", LIST_BUCKET).split()
    finally:
        stack.compose("rm", "--stop", "--force", "s3", files=files)
        stack.compose("up", "--detach", "--wait", "--no-deps", "mlflow")

    assert read.splitlines()[-1] == "kept in a bucket"
    assert [key.startswith("quantity/") and key.endswith("/note.txt") for key in keys] == [True]
    assert not list(stack.artifacts.rglob("note.txt"))
