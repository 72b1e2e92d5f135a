"""What coarse scopes ask of orders that lie in buckets: workers answer for chunks, Spark merges, nothing is rounded."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from pyspark.sql import functions as F  # noqa: N812 - its usual name

from quantity.features.coarse.daily_totals import DailySums, DistinctLabels, LastPrice, value_of, words_of
from quantity.features.coarse.exact_sums import ExactSums
from quantity.features.coarse.lookup import Places
from quantity.features.coarse.order_days import Grid, Marks
from quantity.features.coarse.sources import LABELS_OF, Totals, labels_of
from quantity.features.rows import measures_before, needed_before
from quantity.features.timeline import CASES
from quantity.features.transforms import LAST_PRICE
from training.spark.chunks import chunks_of
from training.spark.shipping import ship

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from pyspark.sql import DataFrame

    from quantity.features.chunks import Chunk
    from quantity.features.coarse.lookup import CoarseLookup
    from quantity.features.coarse.order_days import OrderDays
    from quantity.features.coarse.sources import Wanted
    from quantity.features.entities import Entities
    from quantity.features.orders import ToldPrices
    from quantity.features.scopes import Scope
    from training.spark.orders import BucketedOrders
    from training.spark.shipping import Shipped

_TYPES = {"long": pa.int64(), "double": pa.float64()}


class Known(NamedTuple):
    """What workers know beside a bucket's orders.

    Attributes:
        entities: the stores and products.
        told: the prices that all orders tell, if one of them tells none.
        coarse: the scopes, and their features as far as they are computed and needed; None: not yet.
    """

    entities: Entities
    told: ToldPrices | None
    coarse: CoarseLookup | None = None

    def chunks(self, batches: Iterator[pa.RecordBatch]) -> Iterator[Chunk]:
        """A bucket's orders."""
        return chunks_of(batches, self.entities, self.told)

    @property
    def lookup(self) -> CoarseLookup:
        """What the coarse scopes tell."""
        if self.coarse is None:
            raise RuntimeError("the coarse scopes are not computed")
        return self.coarse


@dataclass(frozen=True)
class SparkOrders:
    """Orders in buckets.

    Attributes:
        orders: all of them.
        entities: the stores and products.
        folder: for files that workers write and read; they see it too.
    """

    orders: BucketedOrders
    entities: Entities
    folder: Path

    @property
    def days(self) -> tuple[int, int]:
        """The first day, and how many days there are to the last."""
        return self.orders.days

    @property
    def first_day(self) -> None:
        """Rows of all orders are computed."""
        return

    def ship(self, coarse: CoarseLookup | None = None) -> Shipped[Known]:
        """Make known to the workers what they need."""
        return ship(self.orders.rows.sparkSession, Known(self.entities, self.orders.told, coarse), self.folder)

    def cells(self, scopes: Mapping[str, Scope]) -> Mapping[str, np.ndarray]:
        """By scope, (c,) whether there are orders of each pair of labels."""
        rows = self._distinct(partial(_cells, known=self.ship(), scopes=dict(scopes)), ("scope", "cell"))
        found = {name: np.zeros(scope.n_cells, dtype=bool) for name, scope in scopes.items()}
        for name, (cell,) in _by_scope(rows, list(scopes), ("cell",)):
            found[name][cell] = True
        return found

    def order_days(self, scopes: Mapping[str, Scope]) -> Mapping[str, OrderDays]:
        """By scope, on which days its groups have orders."""
        rows = self._distinct(
            partial(_order_days, known=self.ship(), scopes=dict(scopes), days=self.days), ("scope", "grp", "day")
        )
        marks = {name: Marks(Grid(len(scope.keys), *self.days)) for name, scope in scopes.items()}
        for name, (group, day) in _by_scope(rows, list(scopes), ("grp", "day")):
            marks[name].add(group, day)
        return {name: of_scope.numbered() for name, of_scope in marks.items()}

    def totals(self, number: int, coarse: CoarseLookup, wanted: Wanted, on_orders: Callable[[int], None]) -> Totals:
        """Let workers look at all orders."""
        columns = _Columns.of(wanted, coarse)
        read = {c.name for transforms in needed_before(number, coarse.stages) for t in transforms for c in t.columns}
        needed = replace(coarse, features={name: of for name, of in coarse.features.items() if name in read})
        told = self.orders.rows.mapInArrow(
            partial(_totals, known=self.ship(needed), number=number, wanted=wanted), columns.ddl
        )
        # By way of files: Java need not hold what is merged, and columns are read one by one.
        folder = self.folder / f"totals-{number}"
        merged = columns.merged(told).withColumn("is_case", F.col("cases").isNotNull())
        merged.write.partitionBy("scope", "is_case").parquet(str(folder))
        sums: dict[str, DailySums] = {}
        others: dict[tuple[str, str], np.ndarray] = {}
        for at, name in enumerate(sorted(wanted.scopes)):
            of_days = _Merged(folder / f"scope={at}" / "is_case=false", len(coarse.days[name]))
            sums[name] = of_days.sums(wanted.sums.get(name, frozenset()))
            for read_name in (read for of, read in wanted.others if of == name):
                if read_name == CASES:
                    others[name, CASES] = _Merged(folder / f"scope={at}" / "is_case=true", 0).cases()
                elif read_name == LAST_PRICE:
                    others[name, LAST_PRICE] = of_days.column("last_price", np.nan)
                else:
                    words = [of_days.column(column, 0) for column in columns.words[read_name]]
                    others[name, read_name] = DistinctLabels.counts(np.column_stack(words).view(np.uint64))
        shutil.rmtree(folder)
        on_orders(self.orders.count)
        return Totals(sums, others)

    def _distinct(self, of_bucket: Callable[..., Iterator[pa.RecordBatch]], names: tuple[str, ...]) -> pa.Table:
        ddl = ", ".join(f"{name} long" for name in names)
        return self.orders.rows.mapInArrow(of_bucket, ddl).distinct().toArrow()


class _Columns(NamedTuple):
    """The columns of totals, of all scopes in one table.

    Attributes:
        kinds: by name, Spark's type.
        words: by what is counted, its words of bits.
    """

    kinds: dict[str, str]
    words: dict[str, list[str]]

    @classmethod
    def of(cls, wanted: Wanted, coarse: CoarseLookup) -> _Columns:
        kinds = dict.fromkeys(("scope", "number", "cases", "orders"), "long")
        for name in sorted({read for reads in wanted.sums.values() for read in reads}):
            kinds |= dict.fromkeys(_parts(name), "double")
        if any(read == LAST_PRICE for _, read in wanted.others):
            kinds |= {"last_quantity": "long", "last_price": "double"}
        words = {}
        for scope, read in sorted(key for key in wanted.others if key[1] in LABELS_OF):
            count = words_of(len(labels_of(coarse, scope, read).vocabulary))
            words[read] = [f"{read} {word}" for word in range(count)]
            kinds |= dict.fromkeys(words[read], "long")
        return cls(kinds, words)

    @property
    def ddl(self) -> str:
        return ", ".join(f"`{name}` {kind}" for name, kind in self.kinds.items())

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(name, _TYPES[kind]) for name, kind in self.kinds.items()])

    def merged(self, rows: DataFrame) -> DataFrame:
        """What was told of each order day in pieces, in one row."""
        bits = {name for words in self.words.values() for name in words}
        last = {"last_quantity", "last_price"} & self.kinds.keys()
        sums = self.kinds.keys() - bits - last - {"scope", "number", "cases"}
        told = [F.sum(f"`{name}`").alias(name) for name in sorted(sums)]
        told += [F.bit_or(f"`{name}`").alias(name) for name in sorted(bits)]
        if last:
            # The largest order's price; of equally large ones the highest. NaN is higher than any: nothing is known.
            told.append(F.max(F.struct("last_quantity", "last_price"))["last_price"].alias("last_price"))
        return rows.groupBy("scope", "number", "cases").agg(*told)


def _parts(name: str) -> tuple[str, str]:
    return f"{name} high", f"{name} low"


def _by_scope(
    rows: pa.Table, scopes: list[str], names: tuple[str, ...]
) -> Iterator[tuple[str, tuple[np.ndarray, ...]]]:
    scope = rows["scope"].to_numpy()
    for at, name in enumerate(scopes):
        yield name, tuple(rows[column].to_numpy()[scope == at] for column in names)


@dataclass(frozen=True)
class _Merged:
    """Merged totals of a scope, as files.

    Attributes:
        folder: of the files; there is none where no order has a group.
        size: how many order days there are.
    """

    folder: Path
    size: int

    def column(self, name: str, nothing: float) -> np.ndarray:
        """(d,) values by the number of the order day."""
        numbers, values = self._read("number"), self._read(name)
        spread = np.full(self.size, nothing, dtype=values.dtype)
        spread[numbers] = values
        return spread

    def sums(self, names: frozenset[str]) -> DailySums:
        """The sums of these names."""
        sums = DailySums(self.size)
        for name in names:
            sums.put(name, ExactSums.of_parts(*(self.column(part, 0.0) for part in _parts(name))))
        return sums

    def cases(self) -> np.ndarray:
        """(n,) the quantity of each order, order day after order day, ascending in each."""
        cases, number, orders = (self._read(name) for name in ("cases", "number", "orders"))
        order = np.lexsort((cases, number))
        return np.repeat(cases[order], orders[order])

    def _read(self, name: str) -> np.ndarray:
        if not self.folder.exists():
            return np.zeros(0, dtype=np.int64)
        column = pyarrow.parquet.ParquetDataset(self.folder, partitioning=None).read(columns=[name])[name]
        values: np.ndarray = column.to_numpy()
        return values


# What follows runs in workers.


def _cells(
    batches: Iterator[pa.RecordBatch], known: Shipped[Known], scopes: dict[str, Scope]
) -> Iterator[pa.RecordBatch]:
    for chunk in known.value.chunks(batches):
        for at, scope in enumerate(scopes.values()):
            cell = np.unique(scope.cells(chunk.store, chunk.product))
            yield _rows(scope=np.full(len(cell), at), cell=cell)


def _order_days(
    batches: Iterator[pa.RecordBatch], known: Shipped[Known], scopes: dict[str, Scope], days: tuple[int, int]
) -> Iterator[pa.RecordBatch]:
    first, count = days
    for chunk in known.value.chunks(batches):
        for at, scope in enumerate(scopes.values()):
            group = scope.groups(chunk.store, chunk.product)
            found = np.unique((group * count + (chunk.orders.day - first))[group >= 0])
            yield _rows(scope=np.full(len(found), at), grp=found // count, day=found % count + first)


def _totals(
    batches: Iterator[pa.RecordBatch], known: Shipped[Known], number: int, wanted: Wanted
) -> Iterator[pa.RecordBatch]:
    coarse = known.value.lookup
    schema = _Columns.of(wanted, coarse).schema
    for chunk in known.value.chunks(batches):
        places = Places(coarse, chunk)
        measures = measures_before(number, chunk, coarse, places.asked)
        for at, scope in enumerate(sorted(wanted.scopes)):
            rows = np.flatnonzero(places[scope] >= 0)
            numbers, day = np.unique(places[scope][rows], return_inverse=True)
            reads = {read for of, read in wanted.others if of == scope}
            sums = DailySums(len(numbers))
            for name in wanted.sums.get(scope, ()):
                sums.add(name, day, value_of(name, measures)[rows])
            columns: dict[str, np.ndarray] = {
                column: values
                for name in wanted.sums.get(scope, ())
                for column, values in zip(_parts(name), sums.exact(name).parts, strict=True)
            }
            orders, product = chunk.orders.take(rows), chunk.product[rows]
            if LAST_PRICE in reads:
                last = LastPrice(len(numbers))
                last.add(day, orders, product)
                columns |= {"last_quantity": last.quantity, "last_price": last.result}
            for read in reads & LABELS_OF.keys():
                labels = labels_of(coarse, scope, read)
                seen = DistinctLabels(len(numbers), labels.code, len(labels.vocabulary))
                seen.add(day, orders, product)
                words = seen.bits.view(np.int64).reshape(len(numbers), -1)
                columns |= {f"{read} {word}": words[:, word] for word in range(words.shape[1])}
            yield _padded(schema, scope=np.full(len(numbers), at), number=numbers, **columns)
            if CASES in reads:
                width = int(orders.quantity.max(initial=0)) + 1
                found, count = np.unique(places[scope][rows] * width + orders.quantity, return_counts=True)
                columns = {"number": found // width, "cases": found % width, "orders": count}
                yield _padded(schema, scope=np.full(len(found), at), **columns)


def _rows(**columns: np.ndarray) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({name: pa.array(values, pa.int64()) for name, values in columns.items()})


def _padded(schema: pa.Schema, **columns: np.ndarray) -> pa.RecordBatch:
    """Rows of all columns; those that are not given are null."""
    size = len(columns["scope"])
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(size, field.type)
        for field in schema
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
