"""Order lines as Spark reads them: from the database, from files, or from a frame that this machine holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from sqlalchemy import func, select

from quantity.db.tables import replaced_tables
from training.input_files.find import ORDERS
from training.input_files.limits import DATES, IDS, PRICES, QUANTITIES
from training.input_files.read import InputFilesError
from training.spark.session import SparkMissingError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from pyspark.sql import Column, DataFrame, SparkSession
    from sqlalchemy import URL, Engine

    from training.input_files.limits import Limits
    from training.input_files.options import ReadingOptions

COLUMNS = ("store_id", "product_id", "checkout_date", "quantity", "variant_case_price_cents")
"""What features read of a line; the price may be null."""

LINES_A_READ = 500_000
"""About so many lines are asked of the database at a time."""

DRIVER = "org.mariadb.jdbc.Driver"
"""The JDBC driver, which Debian has (libmariadb-java) and MySQL's servers understand."""

CENTS = 100
"""Of a unit of the currency."""

WITHOUT_PARQUET = "Without --parquet, files are read as people have them."

MOST_TOLD = 3
"""So many values are told of a column with faults."""


def lines_of_frame(spark: SparkSession, items: pd.DataFrame, folder: Path) -> DataFrame:
    """Order lines that this machine holds, by way of a file that the workers see."""
    path = folder / "order_lines.parquet"
    table = pa.Table.from_pandas(items[list(COLUMNS)], preserve_index=False)
    at = table.schema.get_field_index("checkout_date")
    table = table.set_column(at, "checkout_date", table["checkout_date"].cast(pa.date32()))
    pyarrow.parquet.write_table(table, path, row_group_size=LINES_A_READ)
    return _typed(spark.read.parquet(str(path)))


def lines_of_database(spark: SparkSession, engine: Engine, before: dt.date) -> DataFrame:
    """Order lines that workers read from MySQL themselves, through JDBC.

    Args:
        spark: with a JDBC driver.
        engine: the database, with at least one order line.
        before: those of earlier days.

    Raises:
        SparkMissingError: there is no driver.
        sqlalchemy.exc.SQLAlchemyError: the database cannot be read.
    """
    table = replaced_tables()["fact_order_items"]
    with engine.connect() as connection:
        first, last = connection.execute(select(func.min(table.c.line), func.max(table.c.line))).one()
    _ensure_driver(spark)
    url, reads = engine.url, max(1, -(-(last - first + 1) // LINES_A_READ))
    options = {
        "url": _jdbc_url(url),
        "driver": DRIVER,
        "dbtable": table.name,
        "user": url.username or "",
        "password": url.password or "",
        "partitionColumn": "line",
        "lowerBound": str(first),
        "upperBound": str(last + 1),
        "numPartitions": str(reads),
        "fetchsize": "10000",
    }
    lines = _typed(spark.read.format("jdbc").options(**options).load())
    return lines.where(F.col("checkout_date") < F.lit(before))


def lines_of_files(
    spark: SparkSession, paths: Sequence[Path], mapping: Mapping[str, str | None], options: ReadingOptions
) -> DataFrame:
    """Order lines of CSV or Parquet files that workers read themselves.

    Args:
        spark: the session.
        paths: the files.
        mapping: names of columns, as of ``columns.yaml``.
        options: the unit of prices; days after today on which an order is still no typing error.

    Raises:
        InputFilesError: files, columns or values cannot be used; which, and why.
    """
    names = [str(path) for path in paths]
    is_parquet = all(name.lower().endswith(".parquet") for name in names)
    others = [path.name for path in paths if not path.name.lower().endswith((".csv", ".csv.gz"))]
    if others and not is_parquet:
        raise InputFilesError(
            f"The files in {paths[0].parent} cannot be used.\n{', '.join(others)}: workers read orders from "
            "files of one format, .csv (or .csv.gz) or .parquet. " + WITHOUT_PARQUET
        )
    found = spark.read.parquet(*names) if is_parquet else spark.read.csv(names, header=True)
    return _checked(found, mapping, options, f"The files of {ORDERS} in {paths[0].parent}")


def _checked(found: DataFrame, mapping: Mapping[str, str | None], options: ReadingOptions, source: str) -> DataFrame:
    """Lines of the right types.

    Raises:
        InputFilesError: columns are missing, or values are none of their type; which, and how many.
    """
    there = {name.lower(): name for name in found.columns}
    names, missing = {}, []
    for name in COLUMNS:
        told = mapping.get(name.upper(), name)
        # A mapped name counts in each file that has it.
        names[name] = None if told is None else there.get(told.lower(), there.get(name))
        if told is not None and names[name] is None:
            missing.append(name.upper())
    if missing:
        header = ", ".join(found.columns)
        raise InputFilesError(f"{source} cannot be used.\ncolumns {', '.join(missing)}: missing; there are {header}")
    text = {name: F.lit("") if of is None else F.trim(F.col(f"`{of}`").cast("string")) for name, of in names.items()}
    raw, cells = found.select(*(column.alias(name) for name, column in text.items())), _cells(options)
    _refuse_faults(raw, cells, source)
    return _typed(raw.select(*(cell.value.alias(name) for name, cell in cells.items())))


class _Cell(NamedTuple):
    """How text is read.

    Attributes:
        value: of the text; null where it is none.
        is_right: whether it can be used.
        expected: what is, in words.
    """

    value: Column
    is_right: Column
    expected: str


def _cells(options: ReadingOptions) -> dict[str, _Cell]:
    last_date = DATES.high if options.future == "drop" else options.last_date
    day, cents = F.expr("try_cast(checkout_date as date)"), F.expr("try_cast(variant_case_price_cents as double)")
    cents = F.bround(cents * CENTS if options.price_unit == "units" else cents)
    has_no_price = F.coalesce(F.col("variant_case_price_cents"), F.lit("")) == ""
    return {
        "store_id": _whole("store_id", IDS, "a whole number from 1"),
        "product_id": _whole("product_id", IDS, "a whole number from 1"),
        "checkout_date": _Cell(day, day.between(DATES.low, last_date), f"a date YYYY-MM-DD up to {last_date}"),
        "quantity": _whole("quantity", QUANTITIES, "a positive whole number of cases"),
        "variant_case_price_cents": _Cell(cents, has_no_price | cents.between(*PRICES), "a price, or nothing"),
    }


def _whole(name: str, limits: Limits[int], expected: str) -> _Cell:
    value = F.expr(f"try_cast({name} as bigint)")
    return _Cell(value, value.between(*limits), expected)


def _refuse_faults(raw: DataFrame, cells: Mapping[str, _Cell], source: str) -> None:
    aggregates = []
    for name, cell in cells.items():
        is_wrong = ~F.coalesce(cell.is_right, F.lit(False))  # noqa: FBT003 - Spark's way
        values = F.collect_set(F.when(is_wrong, F.coalesce(F.col(name), F.lit(""))))
        aggregates += [
            F.count_if(is_wrong).alias(f"{name} wrong"),
            F.slice(values, 1, MOST_TOLD).alias(f"{name} values"),
        ]
    (found,) = raw.agg(*aggregates).collect()
    faults = [
        f"{name.upper()}: {found[f'{name} wrong']:,} lines, such as {', '.join(map(repr, found[f'{name} values']))}; "
        f"expected {cell.expected}"
        for name, cell in cells.items()
        if found[f"{name} wrong"]
    ]
    if faults:
        raise InputFilesError("\n".join([f"{source} cannot be used.", *faults, WITHOUT_PARQUET]))


def _typed(lines: DataFrame) -> DataFrame:
    price = F.col("variant_case_price_cents").cast("double").alias("variant_case_price_cents")
    whole = [F.col(name).cast("long").alias(name) for name in ("store_id", "product_id", "quantity")]
    return lines.select(whole[0], whole[1], F.col("checkout_date").cast("date").alias("checkout_date"), whole[2], price)


def _jdbc_url(url: URL) -> str:
    # Without TLS the driver asks for the key with which it sends the password, as PyMySQL does.
    security = (
        f"useSSL=true&serverSslCert={url.query['ssl_ca']}" if "ssl_ca" in url.query else "allowPublicKeyRetrieval=true"
    )
    return f"jdbc:mysql://{url.host}:{url.port}/{url.database}?{security}"


def _ensure_driver(spark: SparkSession) -> None:
    loader = spark.sparkContext._jvm.java.lang.Thread.currentThread().getContextClassLoader()  # noqa: SLF001 - py4j's way
    try:
        loader.loadClass(DRIVER)
    except Exception as error:
        raise SparkMissingError(
            f"Spark cannot read MySQL: no {DRIVER}. Install libmariadb-java and set "
            "SPARK_JARS=/usr/share/java/mariadb-java-client.jar"
        ) from error
