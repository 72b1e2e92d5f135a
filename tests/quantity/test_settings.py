"""Settings come from the environment, and `.env.example` tells the truth about them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from quantity.settings import BAD_SETTINGS, Settings, settings_or_exit

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


def test_with_an_authority_the_database_url_demands_tls(tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    authority.touch()
    settings = Settings(_env_file=None, mysql_host="db", mysql_ssl_ca=authority)
    assert settings.database_url.query["ssl_ca"] == str(authority)


def test_the_service_is_not_open_to_other_machines_by_itself() -> None:
    assert Settings(_env_file=None).api_host == "127.0.0.1"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("API_PORT", "abc", "API_PORT='abc': Input should be a valid integer"),
        ("API_PORT", "65536", "API_PORT='65536': Input should be less than or equal to 65535"),
        ("MYSQL_PORT", "0", "MYSQL_PORT='0': Input should be greater than or equal to 1"),
        ("API_POLL_SECONDS", "inf", "API_POLL_SECONDS='inf': Input should be a finite number"),
        ("API_LOG_LEVEL", "loud", "API_LOG_LEVEL='loud': Input should be 'debug', 'info', 'warning' or 'error'"),
        ("MYSQL_SSL_CA", "/no/ca.pem", "MYSQL_SSL_CA='/no/ca.pem': there is no such file"),
        ("API_MAX_PAIRS", "x\n" * 1000, "API_MAX_PAIRS='x\\nx"),
    ],
)
def test_a_wrong_value_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as caught:
        settings_or_exit()
    (line,) = capsys.readouterr().err.splitlines()
    assert caught.value.code == BAD_SETTINGS
    assert line.startswith(f"settings: {told}")
    assert len(line) < 400


def test_each_wrong_value_is_told_and_no_right_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"API_PORT": "abc", "MYSQL_PORT": "def", "MYSQL_PASSWORD": "secret"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        settings_or_exit()
    told = capsys.readouterr().err
    assert [line.split("=")[0] for line in told.splitlines()] == ["settings: MYSQL_PORT", "settings: API_PORT"]
    assert "secret" not in told


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"API_PORT=abc\n", "settings: API_PORT='abc': "), (b"MYSQL_USER=\xff\n", "settings: .env is not text in UTF-8")],
)
def test_a_wrong_value_in_the_file_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        settings_or_exit()
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(told)
