"""Settings come from the environment, and `.env.example` tells the truth about them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from quantity.setting_faults import LONGEST_VALUE
from quantity.settings import BAD_SETTINGS, Settings, readable_settings_or_exit, settings_or_exit

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
        ("API_PORT", "abc", "expected a whole number from 0 to 65535"),
        ("API_PORT", "65536", "expected a whole number from 0 to 65535"),
        ("API_PORT", "8000.5", "expected a whole number from 0 to 65535"),
        ("MYSQL_PORT", "0", "expected a whole number from 1 to 65535"),
        ("MYSQL_PORT", "text", "expected a whole number from 1 to 65535"),
        ("API_MAX_PAIRS", "-5", "expected a whole number from 1 to 10000000"),
        ("API_MAX_PAIRS", "1e30", "expected a whole number from 1 to 10000000"),
        ("INPUT_FUTURE_DAYS", "9" * 30, "expected a whole number from 0 to 36500"),
        ("API_POLL_SECONDS", "inf", "expected a number above 0, at most 86400"),
        ("API_POLL_SECONDS", "1e300", "expected a number above 0, at most 86400"),
        ("API_LOG_LEVEL", "loud", "expected debug, info, warning or error"),
        ("INPUT_RETURNS", "maybe", "expected refuse, drop or net"),
        ("INPUT_ENCODING", "klingon", "expected an encoding's name such as utf-8, utf-16 or windows-1252"),
        ("TIME_ZONE", "Europe/Nowhere", "expected a time zone's name such as UTC or Europe/Berlin"),
        ("TIME_ZONE", "../../etc/passwd", "expected a time zone's name such as UTC or Europe/Berlin"),
        ("MYSQL_SSL_CA", "/no/ca.pem", "there is no such file"),
        ("MYSQL_SSL_CA", "/" + "x" * 300, "expected a file: File name too long"),
        ("DATA_DIR", "/" + "x" * 300, "expected a folder: File name too long"),
        ("MYSQL_HOST", "mysql://db", "expected a host's name or address alone, such as db or 127.0.0.1"),
        ("MYSQL_HOST", "db:3306", "expected a host's name or address alone, such as db or 127.0.0.1"),
        ("MYSQL_HOST", "root@db", "expected a host's name or address alone, such as db or 127.0.0.1"),
        ("API_HOST", "http://0.0.0.0", "expected a host's name or address alone, such as db or 127.0.0.1"),
        ("MYSQL_HOST", '"db"', "expected the value without quotes around it"),
        ("MYSQL_USER", os.fsdecode(b"j\xfcrgen"), "expected text in UTF-8"),
        ("MYSQL_USER", "a\nb", "expected text without line breaks and other control characters"),
        ("MODEL_NAME", "a/b", "expected a name without / and :"),
        ("MODEL_ALIAS", "v3", "expected letters, digits, _ and - only"),
        ("MODEL_ALIAS", "Latest", "expected letters, digits, _ and - only"),
        ("MLFLOW_TRACKING_URI", "localhost:5000", "expected http://host:port or https://host"),
        ("MLFLOW_TRACKING_URI", "http//mlflow", "expected http://host:port or https://host"),
        ("MLFLOW_TRACKING_URI", "http://", "expected http://host:port or https://host"),
        ("MLFLOW_TRACKING_URI", "http://[::1", "expected http://host:port or https://host"),
        ("MLFLOW_TRACKING_URI", "http://mlflow:port", "expected http://host:port or https://host"),
    ],
)
def test_a_wrong_value_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    (line,) = lines_of_end(capsys)
    assert line.startswith(f"settings: {name}={value[:LONGEST_VALUE]!r}: {told}")
    assert len(line) < 400


def lines_of_end(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What a program says that cannot use its settings."""
    with pytest.raises(SystemExit) as caught:
        readable_settings_or_exit()
    assert caught.value.code == BAD_SETTINGS
    return capsys.readouterr().err.splitlines()


NUMBERS = [name for name, field in Settings.model_fields.items() if field.annotation in (int, float)]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["abc", "-1", "nan", "-inf", "1e999", "0x10", "1,5"])
def test_no_number_takes_what_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    (line,) = lines_of_end(capsys)
    assert re.fullmatch(rf"settings: {name.upper()}='{value}': expected a (whole )?number (from|above) .*\d", line)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PROMOTION_LEVEL", "a number from 0.5, below 1"),
        ("PREDICTION_LOG_SHARE", "a number from 0 to 1"),
        ("API_PORT", "a whole number from 0 to 65535"),
    ],
)
def test_what_is_too_large_is_told_the_largest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, expected: str
) -> None:
    monkeypatch.setenv(name, "100000")
    assert lines_of_end(capsys) == [f"settings: {name}='100000': expected {expected}"]


@pytest.mark.parametrize(
    ("name", "value", "used"),
    [
        ("API_PORT", " 8001 ", 8001),
        ("MYSQL_HOST", "  ", None),
        ("MYSQL_HOST", "::1", "::1"),
        ("MYSQL_HOST", "db\r", "db"),
        ("API_LOG_LEVEL", "INFO", "info"),
        ("LOCAL_DIR", "~/somewhere", Path.home() / "somewhere"),
        ("MLFLOW_TRACKING_URI", "https://mlflow.example/path", "https://mlflow.example/path"),
        ("MLFLOW_TRACKING_URI", "databricks", "databricks"),
        ("MLFLOW_TRACKING_URI", "mysql+pymysql://u:p@db/mlflow", "mysql+pymysql://u:p@db/mlflow"),
        ("MYSQL_PASSWORD", ' "quoted" ', SecretStr(' "quoted" ')),
    ],
)
def test_what_is_meant_is_used(monkeypatch: pytest.MonkeyPatch, name: str, value: str, used: object) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(Settings(_env_file=None), name.lower()) == used


def test_each_wrong_value_is_told_and_no_right_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"API_PORT": "abc", "MYSQL_PORT": "def", "MYSQL_PASSWORD": "hush-hush"}.items():
        monkeypatch.setenv(name, value)
    told = lines_of_end(capsys)
    assert [line.split("=")[0] for line in told] == ["settings: MYSQL_PORT", "settings: API_PORT"]
    assert "hush" not in "".join(told)


def test_a_password_in_another_encoding_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MYSQL_PASSWORD", os.fsdecode(b"p\xe4ss"))
    assert lines_of_end(capsys) == ["settings: MYSQL_PASSWORD: expected text in UTF-8"]


def test_a_password_in_an_address_is_not_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:hush-hush@mlflow:99999")
    (line,) = lines_of_end(capsys)
    assert line.startswith("settings: MLFLOW_TRACKING_URI='http://***@mlflow:99999': ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"API_PORT=abc\n", "API_PORT='abc': "),
        ("API_PORT=abc\n".encode("utf-8-sig"), "API_PORT='abc': "),
        (b"MYSQL_USER=\xff\n", ".env is not text in UTF-8"),
        ("API_PORT=1\n".encode("utf-16"), ".env is not text in UTF-8"),
        ("API_PORT=1\n".encode("utf-16-le"), ".env is not text in UTF-8"),
        (b"API_PORT=1\nMYSQL USER=me\n", ".env: line 2: expected NAME=value"),
        (b'MYSQL_USER="me\n', ".env: line 1: expected NAME=value"),
    ],
)
def test_a_fault_of_the_file_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, told: str
) -> None:
    (tmp_path / ".env").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    (line,) = lines_of_end(capsys)
    assert line.startswith(f"settings: {told}")


def test_a_folder_in_the_place_of_the_file_is_told_unless_it_is_an_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / ".env").mkdir()
    monkeypatch.chdir(tmp_path)
    assert lines_of_end(capsys) == ["settings: .env is a folder: expected a file, a copy of .env.example"]
    (tmp_path / ".env" / "pyvenv.cfg").touch()
    assert readable_settings_or_exit().api_port == 8000


def test_a_name_with_a_typing_error_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Names of other programs, such as Compose's and MLflow's, are none."""
    others = "MLFLOW_PORT=1\nMYSQL_READER_USER=x\nMLFLOW_TRACKING_TOKEN=x\nAWS_REGION=x\nmysql_user=me\n"
    (tmp_path / ".env").write_text(f"{others}MYSQL_HSOT=db\nTIMEZONE=UTC\n")
    monkeypatch.chdir(tmp_path)
    assert readable_settings_or_exit().mysql_user == "me"
    assert capsys.readouterr().err.splitlines() == [
        "settings: .env: MYSQL_HSOT is no setting: MYSQL_HOST?",
        "settings: .env: TIMEZONE is no setting: TIME_ZONE?",
    ]


@pytest.mark.parametrize("name", ["LOCAL_DIR", "ARTIFACTS_DIR", "DATA_DIR"])
def test_a_file_in_the_place_of_a_folder_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv(name, str(file / "below"))
    assert lines_of_end(capsys) == [
        f"settings: {name}={str(file / 'below')!r}: expected a folder, and {file} is a file"
    ]


@pytest.mark.parametrize(
    ("uses", "servers", "made"),
    [
        ({}, {}, {"local"}),
        ({}, {"mysql_host": "db"}, set()),
        ({"training": True}, {"mysql_host": "db"}, {"local", "artifacts"}),
        ({"training": True}, {"mysql_host": "db", "mlflow_tracking_uri": "http://mlflow:5000"}, set()),
        ({"serving": True}, {"mysql_host": "db", "mlflow_tracking_uri": "http://mlflow:5000"}, {"local"}),
    ],
)
def test_a_program_makes_the_folders_that_it_writes_to_and_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uses: dict[str, bool], servers: dict[str, str], made: set[str]
) -> None:
    folders = {name: str(tmp_path / name.removesuffix("_dir")) for name in ("local_dir", "artifacts_dir", "data_dir")}
    for name, value in (folders | servers).items():
        monkeypatch.setenv(name.upper(), value)
    settings_or_exit(**uses)
    assert {path.name for path in tmp_path.iterdir()} == made


@pytest.mark.parametrize(
    ("path", "taken"), [("", ""), ("/", ""), ("/orders", "/orders"), ("/a/b.c-d_e~1/", "/a/b.c-d_e~1")]
)
def test_a_root_path_is_a_plain_path(path: str, taken: str) -> None:
    assert Settings(_env_file=None, root_path=path).root_path == taken


@pytest.mark.parametrize("path", ["orders", "//orders", "/a//b", "/a/../b", "/a b", "/a%20b", "https://x.example/a"])
def test_another_root_path_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    monkeypatch.setenv("ROOT_PATH", path)
    (line,) = lines_of_end(capsys)
    assert line.startswith(f"settings: ROOT_PATH={path!r}: expected a path such as /orders")


@pytest.mark.parametrize(
    ("origins", "listed"),
    [
        ("", []),
        ("*", ["*"]),
        ("https://shop.example", ["https://shop.example"]),
        (" https://a.example , http://localhost:3000,", ["https://a.example", "http://localhost:3000"]),
    ],
)
def test_origins_are_listed(origins: str, listed: list[str]) -> None:
    assert Settings(_env_file=None, api_cors_origins=origins).cors_origins == listed


@pytest.mark.parametrize(
    "origins", ["shop.example", "https://shop.example/", "https://a.example https://b.example", "**"]
)
def test_what_no_browser_names_as_an_origin_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], origins: str
) -> None:
    monkeypatch.setenv("API_CORS_ORIGINS", origins)
    (line,) = lines_of_end(capsys)
    assert line.startswith(f"settings: API_CORS_ORIGINS={origins!r}: expected * or origins such as")
