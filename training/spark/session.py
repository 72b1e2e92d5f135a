"""A Spark session for a run."""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

    from quantity.settings import Settings

BATCH_ROWS = 50_000
"""Rows that Spark hands to Python at a time."""

DRIVER_MEMORY = "4g"
"""Of the driver's Java, and in local mode of all of Spark, where nothing else is told."""


class SparkMissingError(RuntimeError):
    """There is no Spark here; the message says what to install."""


class SparkFailedError(RuntimeError):
    """Spark could not do what it was asked for; the message is Spark's."""


def ensure_spark() -> None:
    """Look whether a session can start.

    Raises:
        SparkMissingError: PySpark or Java is not installed.
    """
    if find_spec("pyspark") is None:
        raise SparkMissingError(
            "--engine spark: PySpark is not installed here; in the project's folder make spark-venv installs it, "
            f"for .spark-venv/bin/python -m training.preprocess (this is {sys.executable})"
        )
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        raise SparkMissingError(
            "--engine spark: expected Java 17 or 21, such as apt-get install openjdk-17-jre-headless"
        )


@contextmanager
def spark_session(settings: Settings, name: str) -> Iterator[SparkSession]:
    """Start Spark (see `ensure_spark`), or join what spark-submit has started.

    Args:
        settings: `spark_master` and `spark_jars`; Spark's own files and variables say the rest.
        name: of the application.

    Raises:
        SparkFailedError: Spark does not start, or failed in what follows.
    """
    if settings.spark_master.startswith("local"):
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    # Read when Java starts. With spark-submit it runs already, and these change nothing.
    os.environ.setdefault("SPARK_DRIVER_MEMORY", DRIVER_MEMORY)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with warnings.catch_warnings():
        # Nothing here hands frames of pandas to Spark.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        from py4j.protocol import Py4JError  # noqa: PLC0415 - in an environment of its own
        from pyspark.errors import PySparkException  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415

        builder = SparkSession.builder.appName(name)
        for key, value in _configuration(settings).items():
            builder = builder.config(key, value)
        try:
            spark = builder.getOrCreate()
        except (Py4JError, PySparkException) as error:
            raise SparkFailedError(f"Spark does not start on {settings.spark_master}: {error}") from error
        # That a cluster has no free worker is a warning there, again and again.
        spark.sparkContext.setLogLevel("ERROR" if spark.sparkContext.master.startswith("local") else "WARN")
        try:
            yield spark
        except (Py4JError, PySparkException) as error:
            raise SparkFailedError(f"Spark failed: {error}") from error
        finally:
            spark.stop()


def _configuration(settings: Settings) -> dict[str, str]:
    fixed = {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
        "spark.sql.session.timeZone": "UTC",
        # Of each scope's totals a file: no task sorts its rows by scope.
        "spark.sql.maxConcurrentOutputFileWriters": "32",
        # Which groups have orders on which days comes back whole.
        "spark.driver.maxResultSize": "0",
        "spark.ui.showConsoleProgress": "false",
    }
    # Under spark-submit, its options say these.
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return fixed
    fixed["spark.master"] = settings.spark_master
    if settings.spark_jars:
        fixed["spark.jars"] = settings.spark_jars
    if settings.spark_master.startswith("local"):
        fixed["spark.ui.enabled"] = "false"
    return fixed
