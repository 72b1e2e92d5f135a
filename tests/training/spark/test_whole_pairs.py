"""A bucket's rows are cut where a pair ends, however they arrive."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from training.spark.chunks import whole_pairs

pairs = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), max_size=60).map(sorted)


@given(rows=pairs, batch=st.integers(1, 9), size=st.integers(1, 20))
def test_pairs_stay_whole_and_rows_in_order(rows: list[tuple[int, int]], batch: int, size: int) -> None:
    columns = {"store_id": [store for store, _ in rows], "product_id": [product for _, product in rows]}
    schema = pa.schema([("store_id", pa.int64()), ("product_id", pa.int64())])
    whole = pa.table({**columns, "row": list(range(len(rows)))}, schema.append(pa.field("row", pa.int64())))
    tables = list(whole_pairs(whole.to_batches(max_chunksize=batch), size))
    assert [row for table in tables for row in table["row"].to_pylist()] == list(range(len(rows)))
    found = [set(zip(*(table[name].to_pylist() for name in schema.names), strict=True)) for table in tables]
    assert sum(map(len, found)) == len(set(rows))
    # All but the last are as large as asked for, less at most the pair that was begun.
    for table, following in pairwise(tables):
        first = (following["store_id"][0].as_py(), following["product_id"][0].as_py())
        assert len(table) + rows.count(first) >= size
