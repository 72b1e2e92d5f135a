"""What the settings hold of passwords stands in no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from quantity.passwords import hidden, secrets_of
from tests.support.settings import settings_for

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see http://u:hush@host:5000/a and http://host/b", "see http://***@host:5000/a and http://host/b"),
        ("mysql+pymysql://u:p@hush@host/db", "mysql+pymysql://***@host/db"),
        ("password hu/sh refused", "password *** refused"),
        ("password hu%2Fsh refused", "password *** refused"),
        ("mlops at mlops@host", "mlops at mlops@host"),
    ],
)
def test_passwords_are_hidden_as_they_are_and_as_they_stand_in_addresses(
    text: str, expected: str, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path).model_copy(update={"mysql_password": SecretStr("hu/sh")})
    assert hidden(text, secrets_of(settings)) == expected


def test_a_password_of_the_registry_is_a_secret_and_one_that_is_the_user_s_name_is_none(tmp_path: Path) -> None:
    address = "http://me:p%40ss@host:5000"
    settings = settings_for(tmp_path).model_copy(update={"mlflow_tracking_uri": address})
    assert settings.mysql_password.get_secret_value() == settings.mysql_user
    assert {"p%40ss", "p@ss"} <= secrets_of(settings)
    assert settings.mysql_user not in secrets_of(settings)
