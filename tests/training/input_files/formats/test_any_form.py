"""Properties: a table reads back the same however it is written, with the lines that an editor counts."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.orders.text_tables import read_table
from training.input_files.formats.text import blocks

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ("PRODUCT_ID", "NOTE", "PRODUCT_METADATA")
NOTE = st.text(alphabet="a1 \",;|\t\n\r'\xe9\xfc", max_size=6)
ROWS = st.lists(st.tuples(st.integers(1, 99).map(str), NOTE, NOTE), min_size=1, max_size=12)
SETTINGS = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def quoted(field: str, delimiter: str) -> str:
    plain = set(field).isdisjoint(f'"\n\r{delimiter}')
    return field if plain else '"' + field.replace('"', '""') + '"'


def written(rows: list[tuple[str, ...]], delimiter: str, newline: str, blank_lines: int) -> tuple[str, list[int]]:
    """A text of the rows, and the line on which each begins."""
    text, lines = "", []
    for row in (HEADER, *rows):
        lines.append(len(io.StringIO(text, newline=None).readlines()) + 1)
        text += delimiter.join(quoted(field, delimiter) for field in row) + newline * (1 + blank_lines)
    return text, lines[1:]


def packed(content: bytes, compression: str) -> bytes:
    if compression == "gzip":
        return gzip.compress(content)
    if compression == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("export/orders.csv", content)
            file.writestr("__MACOSX/export/._orders.csv", b"junk")
        return archive.getvalue()
    return content


@SETTINGS
@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]),
    compression=st.sampled_from(["", "gzip", "zip"]),
    blank_lines=st.integers(0, 2),
)
def test_a_table_reads_back_the_same(  # noqa: PLR0917 - what varies is given by name
    tmp_path: Path,
    rows: list[tuple[str, ...]],
    delimiter: str,
    newline: str,
    encoding: str,
    compression: str,
    blank_lines: int,
) -> None:
    text, lines = written(rows, delimiter, newline, blank_lines)
    path = tmp_path / "data_metadata_product.csv"
    path.write_bytes(packed(text.encode(encoding), compression))
    read = read_table(path)
    assert read.header == HEADER
    assert read.rows == rows
    assert read.lines == lines
    assert read.skipped.empty == blank_lines * (len(rows) + 1)
    assert read.description.delimiter == delimiter
    assert read.description.compression == compression
    assert read.faults == []


@pytest.mark.parametrize("size", [7, 40, 300])
@SETTINGS
@given(
    rows=st.lists(st.tuples(st.integers(1, 99).map(str), NOTE, NOTE), min_size=1, max_size=40),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_blocks_may_end_anywhere(tmp_path: Path, size: int, rows: list[tuple[str, ...]], newline: str) -> None:
    """A block of a few bytes ends within rows, quoted fields and line ends."""
    text, lines = written(rows, ",", newline, 0)
    path = tmp_path / "data_metadata_product.csv"
    path.write_bytes(text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_BLOCK_BYTES", size)
        read = read_table(path)
    assert (read.rows, read.lines, read.faults) == (rows, lines, [])
