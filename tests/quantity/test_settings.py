"""Settings come from the environment, and `.env.example` tells the truth about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from quantity.settings import Settings

ROOT = Path(__file__).parents[2]
LINES = (ROOT / ".env.example").read_text().splitlines()
DECLARED = {
    line.split("=")[0]: (line.split("=", 1)[1], LINES[i - 1])
    for i, line in enumerate(LINES)
    if "=" in line and not line.startswith("#")
}


def default(name: str) -> str:
    value = Settings.model_fields[name].default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_example_with_its_default_and_what_it_does(name: str) -> None:
    value, comment = DECLARED[name.upper()]
    assert value == default(name)
    assert comment == f"# {Settings.model_fields[name].description}"


def test_other_variables_are_those_of_the_compose_files() -> None:
    used = {name for file in ROOT.glob("docker-compose*.yaml") for name in re.findall(r"\$\{(\w+)", file.read_text())}
    others = set(DECLARED) - {name.upper() for name in Settings.model_fields}
    assert others <= used


def test_the_environment_is_read_and_empty_counts_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_HOST", "")
    monkeypatch.setenv("MODEL_ALIAS", "challenger")
    settings = Settings(_env_file=None)
    assert settings.mysql_host is None
    assert settings.model_alias == "challenger"


def test_without_a_server_everything_is_local() -> None:
    settings = Settings(_env_file=None)
    assert settings.database_url.get_backend_name() == "sqlite"
    assert settings.tracking_uri == f"sqlite:///{ROOT / 'local' / 'mlflow.db'}"
    assert settings.data_dir == ROOT / "training" / "data"


def test_with_a_host_the_tables_are_in_mysql_and_the_password_stays_hidden() -> None:
    settings = Settings(_env_file=None, mysql_host="db", mysql_password=SecretStr("p@ss/w:rd"))
    url = settings.database_url
    assert (url.host, url.port, url.database, url.password) == ("db", 3306, "mlops", "p@ss/w:rd")
    assert "p@ss" not in f"{settings!r}{url!r}"
