"""Settings of all programs, from the environment and `.env`; `.env.example` lists every one."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL


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

    mysql_host: str | None = Field(None, description="MySQL server; without one the tables are in SQLite.")
    mysql_port: int = Field(3306, description="Port of the MySQL server.")
    mysql_user: str = Field("mlops", description="MySQL user.")
    mysql_password: SecretStr = Field(SecretStr("mlops"), description="Password of the MySQL user.")
    mysql_database: str = Field("mlops", description="MySQL database of the tables.")

    mlflow_tracking_uri: str | None = Field(
        None, description="MLflow server; without one MLflow's store is a SQLite file."
    )
    mlflow_experiment: str = Field("quantity", description="MLflow experiment of the training runs.")
    model_name: str = Field("quantity", description="Name of the model in MLflow's registry.")
    model_alias: str = Field("champion", description="Alias of the version that the API serves.")

    api_host: str = Field("0.0.0.0", description="Address the API listens on.")  # noqa: S104 - a server
    api_port: int = Field(8000, description="Port the API listens on.")
    api_poll_seconds: float = Field(5.0, gt=0, description="Seconds between two looks for a new model or snapshot.")
    api_max_pairs: int = Field(10_000, gt=0, description="Most pairs a prediction request may have.")
    api_max_body_bytes: int = Field(2_000_000, gt=0, description="Largest request body, in bytes.")
    api_read_seconds: float = Field(
        30.0, gt=0, description="Seconds that a client has to send a request's body, and about as many for its head."
    )
    api_log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level of the API's log lines."
    )

    @field_validator("data_dir", "artifacts_dir", "local_dir")
    @classmethod
    def _from_the_project(cls, path: Path) -> Path:
        return project_dir() / path

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
            query={"charset": "utf8mb4"},
        )

    @cached_property
    def tracking_uri(self) -> str:
        """MLflow's tracking and registry address: the server if there is one, else a SQLite file."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.local_dir / 'mlflow.db'}"
