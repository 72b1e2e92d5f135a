"""The project's feature store, with the project's settings."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from feast import FeatureStore

from quantity.settings import Settings

REPOSITORY = Path(__file__).parent


def open_store(settings: Settings | None = None) -> FeatureStore:
    """The store, to ask for features; `python -m feature_store up` has made it."""
    use(settings or Settings())
    return FeatureStore(repo_path=str(REPOSITORY))


def use(settings: Settings) -> None:
    """Have Feast use these settings in this process: in its files they are variables of the environment.

    Raises:
        OSError: the folder of the files cannot be made.
        ValueError: the address of Redis has no port.
    """
    # ibis calls DuckDB by an earlier name at each query, Feast's pages FastAPI.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="ibis")
    warnings.filterwarnings("ignore", message="The `root_path` parameter is deprecated", module="feast")
    os.environ["FEATURE_STORE_DIR"] = str(settings.feature_files_dir)
    name = "feature_store.yaml"
    if settings.feature_store_redis is not None:
        address = settings.feature_store_redis.get_secret_value()
        if ":" not in address.partition(",")[0]:
            raise ValueError("FEATURE_STORE_REDIS: expected an address such as redis:6379 or redis:6379,password=…")
        os.environ["FEATURE_STORE_REDIS"] = address
        name = "feature_store.redis.yaml"
    os.environ["FEAST_FS_YAML_FILE_PATH"] = str(REPOSITORY / name)
    settings.feature_files_dir.mkdir(parents=True, exist_ok=True)
