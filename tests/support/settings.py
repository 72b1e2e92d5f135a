"""Settings that depend on nothing outside the test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from quantity.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import URL


def settings_for(folder: Path, database: URL | None = None) -> Settings:
    """Settings with everything in a folder, but for the tables if a MySQL database is given."""
    values: dict[str, Any] = {
        "data_dir": folder / "data",
        "artifacts_dir": folder / "artifacts",
        "local_dir": folder / "local",
        "mysql_host": None,
        "mlflow_tracking_uri": None,
    }
    if database is not None and database.get_backend_name() == "mysql":
        values |= {
            "mysql_host": database.host,
            "mysql_port": database.port,
            "mysql_user": database.username,
            "mysql_password": database.password,
            "mysql_database": database.database,
        }
    # No `.env` of the developer's.
    return Settings(_env_file=None, **values)
