"""What the variables of `.env` make of Alertmanager's configuration, and what they must not leave out."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.alerts.alertmanager import configure, program

if TYPE_CHECKING:
    from pathlib import Path

MAIL = {
    "ALERT_MAIL_TO": "on-call@example.com, boss@example.com",
    "ALERT_MAIL_FROM": "alerts@example.com",
    "ALERT_MAIL_SMARTHOST": "mail.example.com:587",
}
LOGIN = {"ALERT_MAIL_USER": "alerts", "ALERT_MAIL_PASSWORD": """it's "a\\b" #1 $x: %s {}"""}
WEBHOOK = {"ALERT_WEBHOOK_URL": "https://example.com/hook?key='x'&y=%20#z"}


def receiver(**variables: str) -> dict[str, Any]:
    done = configure(**variables)
    assert (done.returncode, done.stderr) == (0, "")
    (found,) = yaml.safe_load(done.stdout)["receivers"]
    assert isinstance(found, dict)
    return found


def test_a_webhook_is_told_whatever_its_address_is_made_of() -> None:
    assert receiver(**WEBHOOK) == {
        "name": "operators",
        "webhook_configs": [{"url": WEBHOOK["ALERT_WEBHOOK_URL"], "send_resolved": True}],
    }


def test_mail_goes_over_tls_with_the_user_and_the_password_as_they_are() -> None:
    (mail,) = receiver(**MAIL, **LOGIN)["email_configs"]

    assert mail == {
        "to": MAIL["ALERT_MAIL_TO"],
        "from": MAIL["ALERT_MAIL_FROM"],
        "smarthost": MAIL["ALERT_MAIL_SMARTHOST"],
        "require_tls": True,
        "auth_username": LOGIN["ALERT_MAIL_USER"],
        "auth_password": LOGIN["ALERT_MAIL_PASSWORD"],
        "send_resolved": True,
    }


def test_a_mail_server_may_ask_for_no_user_and_have_no_tls() -> None:
    (mail,) = receiver(**MAIL, ALERT_MAIL_REQUIRE_TLS="false")["email_configs"]

    assert mail["require_tls"] is False
    assert not {"auth_username", "auth_password"} & mail.keys()


def test_both_are_told_where_both_are_set() -> None:
    assert {"webhook_configs", "email_configs"} <= receiver(**WEBHOOK, **MAIL).keys()


@pytest.mark.parametrize("variables", [WEBHOOK, MAIL, WEBHOOK | MAIL | LOGIN], ids=["webhook", "mail", "both"])
def test_alertmanager_takes_it(tmp_path: Path, variables: dict[str, str]) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(configure(**variables).stdout)

    done = subprocess.run([program("amtool"), "check-config", str(file)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_an_address_of_six_numbers_is_a_host_too() -> None:
    assert receiver(**MAIL | {"ALERT_MAIL_SMARTHOST": "[::1]:25"})["email_configs"][0]["smarthost"] == "[::1]:25"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "nobody is told of alerts: set ALERT_WEBHOOK_URL, or ALERT_MAIL_TO, "),
        ({"ALERT_WEBHOOK_URL": "example.com/hook"}, "ALERT_WEBHOOK_URL must begin with http:// or https://"),
        ({"ALERT_WEBHOOK_URL": "https://"}, "ALERT_WEBHOOK_URL must begin with http:// or https://"),
        (MAIL | {"ALERT_MAIL_TO": ""}, "ALERT_MAIL_TO is missing"),
        (MAIL | {"ALERT_MAIL_FROM": ""}, "ALERT_MAIL_FROM is missing"),
        (WEBHOOK | {"ALERT_MAIL_USER": "me"}, "ALERT_MAIL_TO is missing"),
        (MAIL | {"ALERT_MAIL_USER": "me"}, "ALERT_MAIL_PASSWORD is missing"),
        (MAIL | {"ALERT_MAIL_PASSWORD": "secret"}, "ALERT_MAIL_USER is missing"),
        (MAIL | {"ALERT_MAIL_REQUIRE_TLS": "no"}, "ALERT_MAIL_REQUIRE_TLS must be true or false"),
        *(
            (MAIL | {"ALERT_MAIL_SMARTHOST": smarthost}, "ALERT_MAIL_SMARTHOST must be host and port")
            for smarthost in ("", "mail", "mail:", ":25", "mail:smtp", "25")
        ),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else "",
)
def test_what_is_missing_or_wrong_is_said_in_a_line(variables: dict[str, str], said: str) -> None:
    done = configure(**variables)

    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"alertmanager: {said}")
    assert "secret" not in line
