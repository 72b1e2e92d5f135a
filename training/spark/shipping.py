"""What all workers need, as a file: each machine gets it once, and its workers map the same pages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import joblib
from pyspark import SparkFiles

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.sql import SparkSession

T = TypeVar("T")


@dataclass(frozen=True)
class Shipped(Generic[T]):
    """An object that lies on each machine.

    Attributes:
        name: of its file.
    """

    name: str

    @property
    def value(self) -> T:
        """The object; its arrays are read from the file where they are looked at."""
        value: T = _load(SparkFiles.get(self.name))
        return value


def ship(spark: SparkSession, value: T, folder: Path) -> Shipped[T]:
    """Write an object into a folder, from which Spark takes it to the workers."""
    path = folder / f"{uuid.uuid4().hex}.joblib"
    joblib.dump(value, path)
    spark.sparkContext.addFile(str(path))
    return Shipped(path.name)


@lru_cache(maxsize=1)
def _load(path: str) -> Any:
    return joblib.load(path, mmap_mode="r")
