"""Delimited text: header, separator, and rows that are not like the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.orders.text_tables import read_table, refusal
from training.input_files.text_table import open_table

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "PRODUCT_ID,PRODUCT_METADATA\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "products.csv"
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    ("text", "delimiter", "header"),
    [
        ("kunde;artikel;menge\n7;8;2,50\n7;9;3,00\n", ";", ("kunde", "artikel", "menge")),
        ("customer\tsku\tqty\nA, Inc.\tB\t3\nC, Ltd.\tD\t4\n", "\t", ("customer", "sku", "qty")),
        ("customer|sku\na|b\nc|d\n", "|", ("customer", "sku")),
        ("customer,sku\n", ",", ("customer", "sku")),
        ("customer\nalice\n", ",", ("customer",)),
        ('"a;b",c\n"d;e",f\n', ",", ("a;b", "c")),
        ("sep=^\na^b,c\nd^e\n", "^", ("a", "b,c")),
        ('"sep=;"\r\na;b\r\nc;d\r\n', ";", ("a", "b")),
    ],
)
def test_separator_and_header_are_found_without_known_names(
    tmp_path: Path, text: str, delimiter: str, header: tuple[str, ...]
) -> None:
    read = read_table(written(tmp_path, text), known=())
    assert (read.description.delimiter, read.header, read.faults) == (delimiter, header, [])


def test_known_names_find_the_separator_where_values_hold_others(tmp_path: Path) -> None:
    text = "Product Id;product-metadata\n1;a,b,c\n2;d,e,f\n"
    assert read_table(written(tmp_path, text)).rows == [("1", "a,b,c"), ("2", "d,e,f")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Report\n\nof May\nPRODUCT_ID,PRODUCT_METADATA\n1,a\n",
            "the header is on line 4, below a title ('Report'); remove lines 1 to 3",
        ),
        ("Report\nkey,tag\n1,a\n2,b\n", "the header is on line 2, below a title ('Report'); remove line 1"),
        ("# a\n# b\nkey,tag\n1,a\n", "the header is on line 3, below a comment ('# a'); remove lines 1 to 2"),
    ],
)
def test_lines_above_the_header_are_told(tmp_path: Path, text: str, told: str) -> None:
    assert refusal(written(tmp_path, text)).startswith(f"products.csv: {told}")


@pytest.mark.parametrize("first", ["7,Fruit", "S-1,2025-01-06", "12.50,Fruit", '"1,000",Fruit', "$3,5%"])
def test_a_file_without_a_header_is_told(tmp_path: Path, first: str) -> None:
    assert "has no header: line 1 holds values (" in refusal(written(tmp_path, f"{first}\n8,Fresh\n"))


def test_a_column_for_each_date_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "store,product,2025-01-06,2025-01-13\nA,B,3,4\n")
    assert refusal(path).startswith(
        "products.csv: has a column for each date ('store, product, 2025-01-06, 2025-01-13'); expected a row"
    )


def test_a_row_may_lack_cells_under_nameless_columns_and_have_blank_ones_too_many(tmp_path: Path) -> None:
    read = read_table(written(tmp_path, "PRODUCT_ID,PRODUCT_METADATA,,\n1,a,,\n2,b\n3,c,,,, \n,,\n"))
    assert [row[:2] for row in read.rows] == [("1", "a"), ("2", "b"), ("3", "c")]
    assert (read.skipped.empty, read.skipped.trailing, read.lines) == (1, 1, [2, 3, 4])


def test_rows_of_a_wrong_width_are_told_with_their_lines_and_counted(tmp_path: Path) -> None:
    rows = "1,a\n" + '2,"b\n",c\n' * 7 + "3\n4,d\n"
    read = read_table(written(tmp_path, HEAD + rows))
    assert read.rows == [("1", "a"), ("4", "d")]
    assert read.lines == [2, 18]
    assert read.faults == [
        "products.csv: expected 2 fields a row, as in the header\n"
        + "".join(f"  line {line}: 3 found\n" for line in (3, 5, 7, 9, 11))
        + "  and 3 more lines"
    ]


def test_a_row_is_nothing_by_the_columns_that_are_read(tmp_path: Path) -> None:
    read = read_table(written(tmp_path, "NOTE,PRODUCT_ID\nx,1\ny,\n,2\n"), positions=[1])
    assert (read.rows, read.lines, read.skipped.empty) == ([("1",), ("2",)], [2, 4], 1)


@pytest.mark.parametrize("end", ["", "\n", "\r", "\n\n", "\n,\n"])
def test_a_header_alone_has_no_rows(tmp_path: Path, end: str) -> None:
    read = read_table(written(tmp_path, HEAD.rstrip() + end))
    assert (read.rows, read.faults) == ([], [])


@pytest.mark.parametrize("end", ["\x1a", "\x1a\n", "\n\x1a", " \r\n\x1a\r\n"])
def test_an_end_of_file_mark_is_nothing(tmp_path: Path, end: str) -> None:
    read = read_table(written(tmp_path, f"{HEAD}1,a\n{end}"))
    assert (read.rows, read.faults) == ([("1", "a")], [])


@pytest.mark.parametrize("rows_after", [0, 3, 300_000])
def test_a_quote_that_is_never_closed_is_told(tmp_path: Path, rows_after: int) -> None:
    path = written(tmp_path, f'{HEAD}1,"two\nlines"\n7,"Fruit\n' + "8,Fresh\n" * rows_after)
    read = read_table(path)
    assert read.rows == [("1", "two\nlines")]
    assert read.faults == ["products.csv: the quoted field that starts on line 4 is never closed"]


def test_a_quote_of_the_header_that_is_never_closed_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, '"PRODUCT_ID,PRODUCT_METADATA\n1,a\n')
    assert refusal(path) == "products.csv: the quoted field that starts on line 1 is never closed"


def test_a_text_without_line_ends_is_told(tmp_path: Path) -> None:
    assert "line 1 is longer than 16 MB" in refusal(written(tmp_path, "a" * 20_000_000))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Total,,36", "line 4 is a row of sums (Total, 36)"),
        (",Grand total:,36", "line 4 is a row of sums (Grand total:, 36)"),
        ("Summe,,36\n\n,,\n", "line 4 is a row of sums (Summe, 36)"),
    ],
)
def test_a_row_of_sums_at_the_end_is_told(tmp_path: Path, row: str, told: str) -> None:
    read = read_table(written(tmp_path, f"PRODUCT_ID,PRODUCT_METADATA,QTY\n1,a,12\n2,b,24\n{row}"))
    assert (len(read.rows), len(read.faults)) == (2, 1)
    assert read.faults[0].startswith(f"products.csv: {told}")


@pytest.mark.parametrize("row", ["2,Total", "Total,fuel", "2,"])
def test_a_tag_or_an_id_called_total_is_no_row_of_sums(tmp_path: Path, row: str) -> None:
    read = read_table(written(tmp_path, f"{HEAD}1,a\n{row}\n"))
    assert (",".join(read.rows[-1]), read.faults) == (row, [])


def test_lines_hold_in_a_file_of_many_blocks_with_odd_rows(tmp_path: Path, small_blocks: None) -> None:
    rows = [f'{number},"a\n{number}"' if number % 900 == 7 else f"{number},tag {number}" for number in range(3_000)]
    rows[2_000] += ",,"
    rows[2_500] = ""
    path = written(tmp_path, HEAD + "\r\n".join(rows))
    table = open_table(path, known=["PRODUCT_ID"])
    read = [cell for batch in table.batches([0], lambda _: None) for cell in batch.column(0).to_pylist()]
    assert read == [str(number) for number in range(3_000) if number != 2_500]
    expected = {7: 9, 8: 11, 1_999: 2_004, 2_000: 2_005, 2_499: 2_504, 2_500: 2_506, 2_998: 3_005}
    assert table.lines(expected) == expected
    assert (table.skipped.empty, table.skipped.trailing) == (1, 1)


def test_progress_goes_up_to_one(tmp_path: Path, small_blocks: None) -> None:
    shares: list[float] = []
    table = open_table(written(tmp_path, HEAD + "1,Fruit\n" * 4_000))
    for _ in table.batches([0], shares.append):
        pass
    assert shares == sorted(shares)
    assert len(shares) > 2
    assert shares[-1] == 1.0
