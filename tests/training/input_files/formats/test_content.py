"""Content decides what a file is: packed or not, whatever its name."""

from __future__ import annotations

import gzip
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.support.orders.text_tables import read_table, refusal

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "PRODUCT_ID,PRODUCT_METADATA\n1,Fruit\n"
ROWS = [("1", "Fruit")]


@pytest.mark.parametrize("name", ["products.csv", "products.gz", "products.csv.gz", "products.zip", "products.xlsx"])
def test_a_packed_file_is_unpacked_under_any_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(TEXT.encode()))
    read = read_table(tmp_path / name)
    assert read.rows == ROWS
    assert read.description.compression == "gzip"
    assert bool(read.description.notes) == (not name.endswith((".csv", ".gz")))


def test_an_archive_of_one_file_is_read_beside_what_systems_add(tmp_path: Path) -> None:
    path = tmp_path / "products.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("export/", "")
        file.writestr("export/products.csv", TEXT)
        file.writestr("__MACOSX/export/._products.csv", "x")
        file.writestr("export/.DS_Store", "x")
    read = read_table(path)
    assert read.rows == ROWS
    assert (read.description.compression, read.description.notes) == ("zip", ())


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ([], "is a ZIP archive of 0 files (none); expected exactly one: unpack it"),
        (["a.csv", "b.csv"], "is a ZIP archive of 2 files (a.csv, b.csv); expected exactly one: unpack it"),
    ],
)
def test_an_archive_of_none_or_several_files_is_refused(tmp_path: Path, members: list[str], told: str) -> None:
    path = tmp_path / "products.zip"
    with zipfile.ZipFile(path, "w") as file:
        for member in members:
            file.writestr(member, TEXT)
    assert refusal(path) == f"products.zip: {told}"


def test_an_archive_with_a_password_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "products.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("products.csv", TEXT)
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refusal(path) == "products.zip: is a ZIP archive with a password; unpack it"


@pytest.mark.parametrize(
    ("cut", "told"),
    [
        (lambda packed: packed[:-12], "the packed data end too early; copy or download the file again"),
        (lambda packed: packed[:30] + b"\0" * 40 + packed[70:], "Error -3 while decompressing data"),
        (lambda packed: packed[:-8] + b"\0" * 8, "CRC check failed"),
    ],
    ids=["truncated", "garbled", "wrong sum"],
)
def test_a_damaged_packed_file_is_told(tmp_path: Path, small_blocks: None, cut: object, told: str) -> None:
    assert callable(cut)
    text = TEXT + "".join(f"{number},{hash(str(number))}\n" for number in range(10_000))
    path = tmp_path / "products.csv.gz"
    path.write_bytes(cut(gzip.compress(text.encode())))
    problem = refusal(path) or "".join(read_table(path).faults)
    assert problem.startswith(f"products.csv.gz: cannot be read: {told}")


def test_the_lines_of_rows_before_the_damage_are_known(tmp_path: Path, small_blocks: None) -> None:
    text = TEXT + "".join(f"{number},{hash(str(number))}\n" for number in range(20_000))
    path = tmp_path / "products.csv.gz"
    path.write_bytes(gzip.compress(text.encode())[:-2000])
    read = read_table(path)
    assert read.lines == list(range(2, len(read.rows) + 2))
    assert len(read.rows) > 10_000
    assert len(read.faults) == 1


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "products.csv").symlink_to(tmp_path / "nowhere")
    assert refusal(tmp_path / "products.csv").startswith("products.csv: cannot be read: [Errno 2]")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "is an old or protected spreadsheet"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"SQLite format 3\0" + b"\0" * 90, "is an SQLite database"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "is a 7-Zip archive"),
        (b"BZh91AY&SY", "is packed with bzip2"),
        (gzip.compress(gzip.compress(b"1", mtime=0), mtime=0), "holds a packed file inside a packed file"),
        (bytes(range(256)) * 4, "is not text, nor any kind of table"),
        (b"<?xml version='1.0'?><Workbook/>", "is XML"),
        (b"\n  <html><script>var a;</script><p>404 <b>not</b> found</p>", "is a web page ('404 not found')"),
        (b'{"orders": []}', "is JSON"),
        (b"-- MySQL dump 10.13\nCREATE TABLE x;\n", "is an SQL script"),
        (b"PAR1 and no more", "cannot be read as Parquet"),
        (b" \n\n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\xff\xfe", "is empty"),
    ],
)
def test_what_is_no_table_is_named(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(content)
    assert refusal(path).startswith(f"products.csv: {told}")


def test_an_office_document_that_is_no_spreadsheet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "products.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        file.writestr("word/document.xml", "<w/>")
    assert refusal(path).startswith(
        "products.xlsx: is an archive or an office document other than an .xlsx spreadsheet"
    )
