"""Settings of all programs, from the environment and `.env`; `.env.example` lists every one."""

from __future__ import annotations

import datetime as dt
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, get_origin
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

from quantity import setting_rules as rules
from quantity.setting_faults import ENCODING, fault_of_folder, faults_of_file, likely_typing_errors, told

if TYPE_CHECKING:
    from collections.abc import Iterable

BAD_SETTINGS: Final = 2
"""Exit code of a program that cannot use its settings."""

_DAY_SECONDS: Final = 86_400


def project_dir() -> Path:
    """The checkout this package is run from; the working directory where it is installed without one."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout if (checkout / "pyproject.toml").exists() else Path.cwd()


EXAMPLE: Final = project_dir() / ".env.example"
"""Lists every variable that the programs and the containers know."""


class Settings(BaseSettings):
    """Every setting; an empty variable, or one of blanks, counts as left out."""

    model_config = SettingsConfigDict(
        env_file=(project_dir() / ".env", ".env"),
        env_file_encoding=ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    data_dir: Path = Field(Path("training/data"), description="Folder of the three CSV files.")
    artifacts_dir: Path = Field(
        Path("training/artifacts"), description="Folder of MLflow's artifacts when there is no MLflow server."
    )
    local_dir: Path = Field(Path("local"), description="Folder of the SQLite files and of the API's last served copy.")

    time_zone: Annotated[str, AfterValidator(rules.time_zone)] = Field(
        "UTC", description="Time zone of the days: on which day a time stamp falls, and which day is today."
    )
    input_date_format: str | None = Field(
        None, description="How the files write dates that have two readings: %d/%m/%Y, %m/%d/%Y, excel or epoch."
    )
    input_price_unit: Literal["cents", "units"] = Field(
        "cents", description="What the files give prices in: cents (1250) or units of the currency (12.50)."
    )
    input_encoding: Annotated[str, AfterValidator(rules.encoding)] | None = Field(
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
    input_future_days: int = Field(
        1, ge=0, le=36_500, description="Days after today on which orders are still no typing error."
    )

    mysql_host: Annotated[str, AfterValidator(rules.host)] | None = Field(
        None, description="MySQL server; without one the tables are in SQLite."
    )
    mysql_port: int = Field(3306, ge=1, le=65_535, description="Port of the MySQL server.")
    mysql_user: str = Field("mlops", description="MySQL user.")
    mysql_password: SecretStr = Field(SecretStr("mlops"), description="Password of the MySQL user.")
    mysql_database: str = Field("mlops", description="MySQL database of the tables.")
    mysql_ssl_ca: Path | None = Field(
        None,
        description="PEM file of CA certificates: demands TLS to MySQL, and a server that they certify by name.",
    )

    mlflow_tracking_uri: Annotated[str, AfterValidator(rules.tracking_address)] | None = Field(
        None, description="MLflow server; without one MLflow's store is a SQLite file."
    )
    mlflow_experiment: str = Field("quantity", description="MLflow experiment of the training runs.")
    model_name: Annotated[str, AfterValidator(rules.model_name)] = Field(
        "quantity", description="Name of the model in MLflow's registry."
    )
    model_alias: Annotated[str, AfterValidator(rules.model_alias)] = Field(
        "champion", description="Alias of the version that the API serves."
    )

    spark_master: str = Field(
        "local[*]", description="Where --engine spark computes: local[*] is this machine, spark://host:7077 a cluster."
    )
    spark_folder: Path | None = Field(
        None, description="Folder of such a run's files, which all machines of a cluster see; empty: LOCAL_DIR/spark."
    )
    spark_jars: str | None = Field(
        None, description="Java archives for Spark, separated by commas: the JDBC driver with which it reads MySQL."
    )

    training_rows: int = Field(
        1_000_000,
        ge=0,
        le=10**9,
        description="Most orders that training reads, about: of more the newest and an even sample; 0: all.",
    )
    promotion_level: float = Field(
        0.9,
        ge=0.5,
        lt=1,
        allow_inf_nan=False,
        description="How sure a version must be better than the champion to replace it: level of the interval.",
    )
    model_retention: int = Field(
        0, ge=0, le=36_500, description="Days after which versions that were never champion are deleted; 0: never."
    )

    prediction_log_share: float = Field(
        1.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of the pairs of store and product whose answers are logged; 0 logs none.",
    )
    prediction_log_days: int = Field(
        90, ge=1, le=36_500, description="Days that logged answers are kept in the database."
    )
    prediction_log_megabytes: int = Field(
        1_000,
        ge=1,
        le=10**6,
        description="Most space of logged answers that wait for the database; above it the oldest are dropped.",
    )
    skew_share: float = Field(
        0.05,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of the logged pairs whose answers are computed again, to see that they are the same.",
    )

    api_host: Annotated[str, AfterValidator(rules.host)] = Field(
        "127.0.0.1", description="Address the API listens on; 0.0.0.0 is every one of the machine."
    )
    api_port: int = Field(8000, ge=0, le=65_535, description="Port the API listens on.")
    api_poll_seconds: float = Field(
        5.0,
        gt=0,
        le=_DAY_SECONDS,
        allow_inf_nan=False,
        description="Seconds between two looks for a new model or snapshot.",
    )
    api_load_seconds: float = Field(
        300.0,
        gt=0,
        le=_DAY_SECONDS,
        allow_inf_nan=False,
        description="Seconds that one load of a model or snapshot may take before the loader is started again.",
    )
    api_max_pairs: int = Field(10_000, ge=1, le=10**7, description="Most pairs a prediction request may have.")
    api_max_body_bytes: int = Field(2_000_000, ge=1, le=10**9, description="Largest request body, in bytes.")
    api_max_connections: int = Field(
        1_000,
        ge=1,
        le=10**6,
        description="Most connections at a time; above it the most idle are closed, or new ones get a 503.",
    )
    api_read_seconds: float = Field(
        30.0,
        gt=0,
        le=_DAY_SECONDS,
        allow_inf_nan=False,
        description="Seconds that a client has to send a request's body, and about as many for its head.",
    )
    api_history_orders: int = Field(
        60,
        ge=0,
        le=60,
        description="Last orders of each pair that GET /quantity/history tells: 8 bytes an order; 0 keeps none.",
    )
    api_log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level of the API's log lines."
    )
    api_cors_origins: Annotated[str, AfterValidator(rules.origins)] = Field(
        "",
        description="Origins whose pages may ask the API from a browser, separated by commas, or * for any.",
    )
    feature_store_redis: SecretStr | None = Field(
        None,
        description="Redis of the feature store's online values, such as redis:6379,password=…; empty is SQLite.",
    )
    root_path: Annotated[str, AfterValidator(rules.root_path)] = Field(
        "", description="Path below which a reverse proxy publishes the API, such as /orders; empty is none."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _without_blanks(cls, value: object, info: ValidationInfo) -> object:
        field = cls.model_fields[str(info.field_name)]
        if not isinstance(value, str):
            return value
        if field.annotation is SecretStr:
            # Blanks and quotes may belong to a password.
            return rules.unicode_text(value)
        text = rules.plain_text(value.strip()) or field.get_default()
        return text.lower() if get_origin(field.annotation) is Literal else text

    @field_validator("data_dir", "artifacts_dir", "local_dir")
    @classmethod
    def _a_folder(cls, path: Path) -> Path:
        return rules.folder(_from_project(path))

    @field_validator("mysql_ssl_ca")
    @classmethod
    def _a_file(cls, path: Path | None) -> Path | None:
        return None if path is None else rules.file(_from_project(path))

    @cached_property
    def cors_origins(self) -> list[str]:
        """The origins of `api_cors_origins`."""
        return rules.listed(self.api_cors_origins)

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

    @property
    def feature_files_dir(self) -> Path:
        """Folder of the features as files, and of a feature store that reads them."""
        return self.local_dir / "feature_store"

    @cached_property
    def tracking_uri(self) -> str:
        """MLflow's tracking and registry address: the server if there is one, else a SQLite file."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.local_dir / 'mlflow.db'}"


def _from_project(path: Path) -> Path:
    return path if path.parts[:1] == ("~",) else project_dir() / path


def settings_or_exit(*, training: bool = False, serving: bool = False) -> Settings:
    """The settings of a program that uses the tables, with the folders that it writes to.

    A program that cannot use them ends with a line for each fault, and `BAD_SETTINGS`.

    Args:
        training: whether the program writes runs and models to MLflow.
        serving: whether the program keeps a local copy of what it serves.

    Raises:
        SystemExit: as `readable_settings_or_exit` raises it, or a folder cannot be made.
    """
    settings = readable_settings_or_exit()
    make_folders_or_exit(settings, *written_folders(settings, training=training, serving=serving))
    return settings


def readable_settings_or_exit() -> Settings:
    """The settings of a program that writes nothing.

    Raises:
        SystemExit: a value is not what its setting takes, or `.env` cannot be read.
    """
    found = look_for_settings()
    _end_with(found.faults)
    assert found.settings is not None  # noqa: S101 - as nothing is wrong with them
    for file in found.files:
        _say(likely_typing_errors(file, Settings.model_fields, EXAMPLE))
    return found.settings


class FoundSettings(NamedTuple):
    """The settings, or why there are none.

    Attributes:
        settings: None where something is wrong with them.
        faults: a line for each thing that is.
        files: where a `.env` is looked for.
    """

    settings: Settings | None
    faults: list[str]
    files: frozenset[Path]


def look_for_settings() -> FoundSettings:
    """The settings from the environment and from each `.env`."""
    files = frozenset(path.resolve() for path in (project_dir() / ".env", Path(".env")))
    if faults := [fault for file in files for fault in faults_of_file(file)]:
        return FoundSettings(None, faults, files)
    try:
        return FoundSettings(Settings(), [], files)
    except ValidationError as error:
        faults = [told(details, Settings.model_fields) for details in error.errors(include_url=False)]
        return FoundSettings(None, faults, files)


def make_folders_or_exit(settings: Settings, *names: str) -> None:
    """Make the folders of these settings; where one cannot be made or written to, say so and end.

    Raises:
        SystemExit: that is so.
    """
    _end_with(fault for name in names if (fault := fault_of_folder(name, getattr(settings, name))))


def written_folders(settings: Settings, *, training: bool, serving: bool) -> list[str]:
    """The settings whose folders a program writes to; the arguments are those of `settings_or_exit`."""
    tracks_here = training and settings.mlflow_tracking_uri is None
    local = serving or tracks_here or settings.mysql_host is None
    return ["local_dir"] * local + ["artifacts_dir"] * tracks_here


def _end_with(faults: Iterable[str]) -> None:
    if lines := list(faults):
        _say(lines)
        raise SystemExit(BAD_SETTINGS)


def _say(lines: Iterable[str]) -> None:
    sys.stderr.writelines(f"settings: {line}\n" for line in lines)
