"""Settings of all programs, from the environment and `.env`; `.env.example` lists every one."""

from __future__ import annotations

import datetime as dt
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

BAD_SETTINGS: Final = 2
"""Exit code of a program that cannot use its settings."""

LONGEST_VALUE: Final = 100
"""A wrong value is shown up to so many characters."""


def project_dir() -> Path:
    """The checkout this package is run from; the working directory where it is installed without one."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "pyproject.toml").exists() else Path.cwd()


class Settings(BaseSettings):
    """Every setting; an empty variable counts as left out."""

    model_config = SettingsConfigDict(
        env_file=(project_dir() / ".env", ".env"), env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Path = Field(Path("training/data"), description="Folder of the three CSV files.")
    artifacts_dir: Path = Field(
        Path("training/artifacts"), description="Folder of MLflow's artifacts when there is no MLflow server."
    )
    local_dir: Path = Field(Path("local"), description="Folder of the SQLite files and of the API's last served copy.")

    time_zone: str = Field(
        "UTC", description="Time zone of the days: on which day a time stamp falls, and which day is today."
    )
    input_date_format: str | None = Field(
        None, description="How the files write dates that have two readings: %d/%m/%Y, %m/%d/%Y, excel or epoch."
    )
    input_price_unit: Literal["cents", "units"] = Field(
        "cents", description="What the files give prices in: cents (1250) or units of the currency (12.50)."
    )
    input_encoding: str | None = Field(
        None, description="Encoding of the text files; empty: each file's is recognized."
    )
    input_ids: Literal["auto", "text"] = Field(
        "auto", description="Ids of stores and products: auto takes text where most are text; text takes any."
    )
    input_returns: Literal["refuse", "drop", "net"] = Field(
        "refuse", description="Order lines with a quantity of 0 or less: refuse the files, drop them, or net them."
    )
    input_duplicates: Literal["refuse", "keep", "drop"] = Field(
        "refuse", description="A file that holds everything twice: refuse it, keep or drop what is repeated."
    )
    input_future: Literal["refuse", "drop"] = Field(
        "refuse", description="Order lines of days after today: refuse the files, or drop them."
    )
    input_future_days: int = Field(1, ge=0, description="Days after today on which orders are still no typing error.")

    mysql_host: str | None = Field(None, description="MySQL server; without one the tables are in SQLite.")
    mysql_port: int = Field(3306, ge=1, le=65_535, description="Port of the MySQL server.")
    mysql_user: str = Field("mlops", description="MySQL user.")
    mysql_password: SecretStr = Field(SecretStr("mlops"), description="Password of the MySQL user.")
    mysql_database: str = Field("mlops", description="MySQL database of the tables.")
    mysql_ssl_ca: Path | None = Field(
        None,
        description="PEM file of CA certificates: demands TLS to MySQL, and a server that they certify by name.",
    )

    mlflow_tracking_uri: str | None = Field(
        None, description="MLflow server; without one MLflow's store is a SQLite file."
    )
    mlflow_experiment: str = Field("quantity", description="MLflow experiment of the training runs.")
    model_name: str = Field("quantity", description="Name of the model in MLflow's registry.")
    model_alias: str = Field("champion", description="Alias of the version that the API serves.")

    api_host: str = Field("127.0.0.1", description="Address the API listens on; 0.0.0.0 is every one of the machine.")
    api_port: int = Field(8000, ge=0, le=65_535, description="Port the API listens on.")
    api_poll_seconds: float = Field(
        5.0, gt=0, allow_inf_nan=False, description="Seconds between two looks for a new model or snapshot."
    )
    api_load_seconds: float = Field(
        300.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds that one load of a model or snapshot may take before the loader is started again.",
    )
    api_max_pairs: int = Field(10_000, gt=0, description="Most pairs a prediction request may have.")
    api_max_body_bytes: int = Field(2_000_000, gt=0, description="Largest request body, in bytes.")
    api_max_connections: int = Field(
        1_000,
        gt=0,
        description="Most connections at a time; above it the most idle are closed, or new ones get a 503.",
    )
    api_read_seconds: float = Field(
        30.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds that a client has to send a request's body, and about as many for its head.",
    )
    api_log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level of the API's log lines."
    )

    @field_validator("time_zone")
    @classmethod
    def _a_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ValueError, OSError) as error:
            raise ValueError("expected a time zone's name such as UTC or Europe/Berlin") from error
        return name

    @field_validator("data_dir", "artifacts_dir", "local_dir")
    @classmethod
    def _from_the_project(cls, path: Path) -> Path:
        return project_dir() / path

    @field_validator("mysql_ssl_ca")
    @classmethod
    def _a_file(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        if not (project_dir() / path).is_file():
            raise ValueError("there is no such file")
        return project_dir() / path

    def today(self) -> dt.date:
        """The current day in the time zone of the days."""
        return dt.datetime.now(ZoneInfo(self.time_zone)).date()

    @cached_property
    def database_url(self) -> URL:
        """The tables' database: MySQL if `mysql_host` is set, else a SQLite file."""
        if self.mysql_host is None:
            return URL.create("sqlite", database=str(self.local_dir / "mlops.db"))
        return URL.create(
            "mysql+pymysql",
            username=self.mysql_user,
            password=self.mysql_password.get_secret_value(),
            host=self.mysql_host,
            port=self.mysql_port,
            database=self.mysql_database,
            query={"charset": "utf8mb4"} | ({"ssl_ca": str(self.mysql_ssl_ca)} if self.mysql_ssl_ca else {}),
        )

    @cached_property
    def tracking_uri(self) -> str:
        """MLflow's tracking and registry address: the server if there is one, else a SQLite file."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.local_dir / 'mlflow.db'}"


def settings_or_exit() -> Settings:
    """The settings; a program that cannot use them ends with a line for each fault, and `BAD_SETTINGS`.

    Raises:
        SystemExit: a value is not what its setting takes.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [_fault(details) for details in error.errors(include_url=False)]
    except UnicodeDecodeError:
        lines = [".env is not text in UTF-8"]
    sys.stderr.writelines(f"settings: {line}\n" for line in lines)
    raise SystemExit(BAD_SETTINGS)


def _fault(details: ErrorDetails) -> str:
    name = str(details["loc"][0])
    is_secret = Settings.model_fields[name].annotation is SecretStr
    value = "" if is_secret else f"={str(details['input'])[:LONGEST_VALUE]!r}"
    return f"{name.upper()}{value}: {details['msg'].removeprefix('Value error, ')}"
