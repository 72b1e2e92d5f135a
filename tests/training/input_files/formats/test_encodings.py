"""Characters outside ASCII come through, or the line of those that do not is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.orders.text_tables import read_table, refusal

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "PRODUCT_ID,PRODUCT_METADATA\n"


def written(folder: Path, content: bytes) -> Path:
    path = folder / "products.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("cp1250", "\u0141\xf3d\u017a"),
        ("shift_jis", "\u8868|\u30bd\u30fc\u30b9"),
        ("gb18030", "\u4e2d\u6587"),
        ("utf-16", "\u4e2d\u6587"),
        ("latin-1", "Caf\xe9"),
        ("UTF8", "Caf\xe9"),
    ],
)
def test_the_user_says_the_encoding(tmp_path: Path, told: str, text: str) -> None:
    path = written(tmp_path, f"{HEAD}1,{text}\n".encode(told))
    read = read_table(path, told)
    assert (read.rows, read.faults) == ([("1", text)], [])


def test_a_byte_order_mark_overrides_what_the_user_says(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEAD}1,Caf\xe9\n".encode("utf-8-sig"))
    assert read_table(path, "cp1252").rows == [("1", "Caf\xe9")]


def test_an_unknown_encoding_is_told_with_the_option(tmp_path: Path) -> None:
    told = refusal(written(tmp_path, HEAD.encode()), "klingon")
    assert told.startswith("products.csv: no encoding is called 'klingon'; `--encoding` (INPUT_ENCODING) takes")


def test_a_late_word_decides_for_windows_1252(tmp_path: Path, small_blocks: None) -> None:
    """Far behind the first block, whose characters are all ASCII."""
    text = HEAD + "1,Fruit\n" * 3_000 + "2,Cr\xe8me br\xfbl\xe9e\n"
    read = read_table(written(tmp_path, text.encode("cp1252")))
    assert read.rows[-1] == ("2", "Cr\xe8me br\xfbl\xe9e")
    assert read.description.notes == ("read as Windows-1252: 'Cr\xe8me' on line 3002, 'br\xfbl\xe9e' on line 3002",)


def test_some_of_either_encoding_is_told_and_not_guessed(tmp_path: Path) -> None:
    content = HEAD.encode() + "1,Caf\xe9\n".encode() + "2,M\xfcsli\n3,Fruit\n".encode("cp1252")
    read = read_table(written(tmp_path, content))
    assert read.rows == [("1", "Caf\xe9"), ("3", "Fruit")]
    (fault,) = read.faults
    assert fault.splitlines() == [
        "products.csv: holds bytes that are no utf-8 text; `--encoding` (INPUT_ENCODING) says what it is",
        "  line 3: 'M\ufffdsli'",
    ]


def test_a_header_of_an_unknown_encoding_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "\u6ce8\u6587,\u5e97\u8217\n1,2\n".encode("gbk"))
    assert refusal(path) == (
        "products.csv: the header holds bytes that are no utf-8 text; `--encoding` (INPUT_ENCODING) says what it is"
    )
    assert read_table(path, "gbk").header == ("\u6ce8\u6587", "\u5e97\u8217")


def test_a_later_block_of_another_encoding_is_told(tmp_path: Path, small_blocks: None) -> None:
    content = HEAD.encode() + "1,Caf\xe9\n".encode() * 2_000 + "2,M\xfcsli\n".encode("cp1252")
    read = read_table(written(tmp_path, content))
    assert len(read.rows) == 2_000
    assert [fault.splitlines()[1] for fault in read.faults] == ["  line 2002: 'M\ufffdsli'"]


@pytest.mark.parametrize(
    ("told", "bytes_"), [(None, b"\x8d"), ("utf-8", b"\xe9"), ("ascii", b"\xe9"), ("cp1250", b"\x83")]
)
def test_bytes_without_a_character_are_told(tmp_path: Path, told: str | None, bytes_: bytes) -> None:
    read = read_table(written(tmp_path, HEAD.encode() + b"1,Fruit\n2,x" + bytes_ + b"y\n"), told)
    assert read.rows == [("1", "Fruit")]
    assert [fault.splitlines()[1] for fault in read.faults] == ["  line 3: 'x\ufffdy'"]
    assert "`--encoding`" in read.faults[0]


def test_a_replacement_character_of_the_file_is_left_to_the_rules_of_cells(tmp_path: Path) -> None:
    read = read_table(written(tmp_path, f"{HEAD}1,x\ufffd\n".encode()))
    assert (read.rows, read.faults) == ([("1", "x\ufffd")], [])
