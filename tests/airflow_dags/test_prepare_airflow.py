"""`prepare_airflow.sh` leaves a folder that Airflow's containers can start in, and may be run again."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.airflow.airflow_program import ROOT
from tests.support.required import missing

if TYPE_CHECKING:
    from pathlib import Path

SECRETS = {"AIRFLOW_JWT_SECRET": 64, "AIRFLOW_API_SECRET_KEY": 64, "AIRFLOW_FERNET_KEY": 32}
IMAGE_UID = "50000"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A checkout in which nothing was prepared."""
    for name in ("prepare_airflow.sh", ".env.example"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def prepare(folder: Path, **variables: str) -> str:
    """What it says, run from elsewhere."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUDO_")} | variables
    done = subprocess.run(
        [str(folder / "prepare_airflow.sh")], env=environment, cwd="/", capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout


def lines(folder: Path) -> list[str]:
    return (folder / ".env").read_text(encoding="utf-8").splitlines()


def values(folder: Path) -> dict[str, str]:
    """The variables, each of which is there once."""
    pairs = [line.split("=", 1) for line in lines(folder) if "=" in line and not line.startswith("#")]
    names = [name for name, _ in pairs]
    assert sorted(set(names)) == sorted(names)
    return dict(pairs)


def read_by_compose(folder: Path, *names: str) -> dict[str, str]:
    """The variables as Compose reads them."""
    environment = {name: f"[${{{name}:-}}]" for name in names}
    file = folder / "compose.json"
    file.write_text(json.dumps({"services": {"any": {"image": "any", "environment": environment}}}), encoding="utf-8")
    command = ["docker", "compose", f"--file={file}", "config", "--format=json"]
    outside = {name: value for name, value in os.environ.items() if name not in names}
    try:
        done = subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        missing("Docker is not installed", "install docker-compose-plugin")
    found = json.loads(done.stdout)["services"]["any"]["environment"]
    return {name: found[name][1:-1] for name in names}


def own_uid() -> str:
    return str(os.getuid() or IMAGE_UID)


def test_a_new_checkout_gets_settings_secrets_and_folders(folder: Path) -> None:
    said = prepare(folder)
    found = values(folder)
    assert found["AIRFLOW_UID"] == own_uid()
    for name, length in SECRETS.items():
        assert len(base64.urlsafe_b64decode(found[name])) == length
        assert f"generated {name}" in said
    assert len({found[name] for name in SECRETS}) == len(SECRETS)
    logs = (folder / "airflow" / "logs").stat()
    assert str(logs.st_uid) == own_uid()
    assert "made .env from .env.example" in said


def test_everything_else_is_as_in_the_example(folder: Path) -> None:
    prepare(folder)
    example = (folder / ".env.example").read_text(encoding="utf-8").splitlines()
    mine = ("AIRFLOW_UID=", *(f"{name}=" for name in SECRETS))
    assert [line for line in lines(folder) if not line.startswith(mine)] == [
        line for line in example if not line.startswith(mine)
    ]


def test_again_it_keeps_what_is_there(folder: Path) -> None:
    prepare(folder)
    before = (folder / ".env").read_bytes()
    said = prepare(folder)
    assert (folder / ".env").read_bytes() == before
    assert "kept .env" in said
    assert all(f"kept {name}" in said for name in ("AIRFLOW_UID", *SECRETS))
    assert "generated" not in said


def test_secrets_are_readable_by_the_owner_only(folder: Path) -> None:
    prepare(folder)
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600


def test_the_mode_and_the_settings_of_one_s_own_file_stay(folder: Path) -> None:
    own = folder / ".env"
    own.write_text("# mine\nAIRFLOW_PORT=8081\nAIRFLOW_JWT_SECRET=chosen\nNOT_AIRFLOW_UID=7\nAIRFLOW_UID=4711", "utf-8")
    own.chmod(0o640)
    prepare(folder)
    found = values(folder)
    assert lines(folder)[0] == "# mine"
    assert (found["AIRFLOW_PORT"], found["AIRFLOW_JWT_SECRET"]) == ("8081", "chosen")
    assert (found["NOT_AIRFLOW_UID"], found["AIRFLOW_UID"]) == ("7", own_uid())
    assert stat.S_IMODE(own.stat().st_mode) == 0o640


def test_a_variable_that_stands_there_twice_is_left_once(folder: Path) -> None:
    (folder / ".env").write_text("AIRFLOW_UID=1\nA=1\nAIRFLOW_UID=2\n", encoding="utf-8")
    prepare(folder)
    assert values(folder)["AIRFLOW_UID"] == own_uid()


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["", "BOM"])
def test_whatever_ends_the_lines_compose_reads_secrets_of_full_length(folder: Path, line_end: str, start: str) -> None:
    example = (folder / ".env.example").read_text(encoding="utf-8")
    (folder / ".env").write_bytes((start + example.replace("\n", line_end)).encode())

    prepare(folder)

    found = read_by_compose(folder, *SECRETS, "AIRFLOW_UID", "AIRFLOW_PORT")
    assert {name: len(base64.urlsafe_b64decode(found[name])) for name in SECRETS} == SECRETS
    assert (found["AIRFLOW_UID"], found["AIRFLOW_PORT"]) == (own_uid(), "8080")
    content = (folder / ".env").read_bytes()
    assert content.count(line_end.encode()) == content.count(b"\n") == example.count("\n")


@pytest.mark.parametrize(
    "line",
    [
        *("{}=", "{}=\r", "{}= ", "{} =", "{}:", "export {}=", "{}=a\n{}="),
        *('{}=""', "{}=''", '{}="" # not yet', "{}= # not yet"),
    ],
)
def test_an_empty_secret_is_generated_however_it_is_written(folder: Path, line: str) -> None:
    (folder / ".env").write_text(line.replace("{}", "AIRFLOW_JWT_SECRET"), encoding="utf-8", newline="")

    said = prepare(folder)

    assert "generated AIRFLOW_JWT_SECRET" in said
    secret = read_by_compose(folder, "AIRFLOW_JWT_SECRET")["AIRFLOW_JWT_SECRET"]
    assert len(base64.urlsafe_b64decode(secret)) == SECRETS["AIRFLOW_JWT_SECRET"]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("{}=chosen", "chosen"),
        ("{}=chosen\r\n", "chosen"),
        ("\ufeff{}=chosen\n", "chosen"),
        ("export {}=chosen", "chosen"),
        ("  {} = chosen  ", "chosen"),
        ('{}="two words" # mine', "two words"),
        ("{}='chosen'", "chosen"),
        ("{}=YWJj==", "YWJj=="),
        ("{}=a#b", "a#b"),
        ("{}=#b", "#b"),
        ("{}: chosen", "chosen"),
        ("{}=\n{}=chosen\n", "chosen"),
    ],
)
def test_a_chosen_secret_is_kept_however_it_is_written(folder: Path, line: str, value: str) -> None:
    written = line.replace("{}", "AIRFLOW_JWT_SECRET").encode()
    (folder / ".env").write_bytes(written)

    said = prepare(folder)

    assert "kept AIRFLOW_JWT_SECRET" in said
    assert (folder / ".env").read_bytes().startswith(written)
    assert read_by_compose(folder, "AIRFLOW_JWT_SECRET") == {"AIRFLOW_JWT_SECRET": value}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can act for someone else")
def test_with_sudo_the_files_belong_to_the_user_who_asked(folder: Path) -> None:
    prepare(folder, SUDO_UID="4711", SUDO_GID="4712")
    assert values(folder)["AIRFLOW_UID"] == "4711"
    assert (folder / ".env").stat().st_uid == 4711
    assert (folder / "airflow" / "logs").stat().st_uid == 4711


def test_without_an_example_it_says_so(folder: Path) -> None:
    (folder / ".env.example").unlink()
    done = subprocess.run([str(folder / "prepare_airflow.sh")], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "prepare_airflow: no .env.example to make .env from\n"
