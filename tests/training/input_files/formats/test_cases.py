"""Files as people have them: what each turns out to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.orders.text_tables import read_table, refusal

CASES = Path(__file__).parents[3] / "cases"
PLAIN = read_table(CASES / "plain" / "data_order.csv")


def test_a_plain_file_is_read() -> None:
    assert PLAIN.header[0] == "ORDER_ID"
    assert PLAIN.rows[0] == ("1", "1", "1", "101", "1010", "2", "1000", "2025-01-06")
    assert PLAIN.lines == list(range(2, 14))
    assert (PLAIN.description.format, PLAIN.description.encoding, PLAIN.description.delimiter) == ("CSV", "utf-8", ",")
    assert (PLAIN.description.notes, PLAIN.faults) == ((), [])


@pytest.mark.parametrize(
    ("case", "file"),
    [
        ("bom", "data_order.csv"),
        ("both", "data_order.csv.gz"),
        ("cr_only", "data_order.csv"),
        ("crlf", "data_order.csv"),
        ("header_padded", "data_order.csv"),
        ("header_quotedbom", "data_order.csv"),
        ("lead_blank", "data_order.csv"),
        ("mixed_nl", "data_order.csv"),
        ("no_final_nl", "data_order.csv"),
        ("quoted_all", "data_order.csv"),
        ("semicolon", "data_order.csv"),
        ("semicolon_all", "data_order.csv"),
        ("sep_line", "data_order.csv"),
        ("spaces_only_line", "data_order.csv"),
        ("tab", "data_order.csv"),
        ("total_row", "data_order.csv"),
        ("trail_blank", "data_order.csv"),
        ("trail_blank_crlf", "data_order.csv"),
        ("trail_comma_norm", "data_order.csv"),
        ("trail_comma_rows", "data_order.csv"),
        ("upper_names", "DATA_ORDER.CSV"),
        ("utf16", "data_order.csv"),
        ("xlsx_ext", "data_order.xlsx"),
        ("zip", "data_order.zip"),
    ],
)
def test_the_same_rows_in_another_form_are_the_same_rows(case: str, file: str) -> None:
    read = read_table(CASES / case / file)
    assert read.header == PLAIN.header
    assert read.rows == PLAIN.rows


@pytest.mark.parametrize(
    ("case", "encoding", "delimiter", "notes"),
    [
        ("semicolon/data_order.csv", "utf-8", ";", ()),
        ("tab/data_order.csv", "utf-8", "\t", ()),
        ("sep_line/data_order.csv", "utf-8", ",", ("line 1 is sep=,",)),
        ("utf16/data_order.csv", "utf-16-le", ",", ()),
        (
            "cp1252_tag/data_metadata_product.csv",
            "cp1252",
            ",",
            ("read as Windows-1252: 'M\xfcsli' on line 10, 'Caf\xe9' on line 10",),
        ),
        (
            "cp1252_store/data_metadata_store.csv",
            "cp1252",
            ",",
            ("read as Windows-1252: 'K\xfcche' on line 5, 'gro\xdf' on line 5",),
        ),
        ("xlsx_ext/data_order.xlsx", "utf-8", ",", ("is named .xlsx and is CSV: read as that",)),
        ("zip/data_order.zip", "utf-8", ",", ("is named .zip and is CSV: read as that",)),
    ],
)
def test_the_description_tells_how_a_file_is_read(
    case: str, encoding: str, delimiter: str, notes: tuple[str, ...]
) -> None:
    found = read_table(CASES / case).description
    assert (found.encoding, found.delimiter, found.notes) == (encoding, delimiter, notes)


@pytest.mark.parametrize(
    ("case", "empty", "trailing"),
    [
        ("spaces_only_line", 1, 0),
        ("trail_blank", 3, 0),
        ("trail_blank_crlf", 2, 0),
        ("trail_comma_norm", 0, 12),
        ("trail_comma_rows", 2, 0),
    ],
)
def test_rows_of_nothing_and_further_empty_fields_are_counted(case: str, empty: int, trailing: int) -> None:
    skipped = read_table(CASES / case / "data_order.csv").skipped
    assert (skipped.empty, skipped.trailing) == (empty, trailing)


@pytest.mark.parametrize(
    ("case", "last"),
    [
        ("cp1252_tag", ("104", "M\xfcsli Caf\xe9")),
        ("emoji_tag", ("104", "\U0001f951 avocado")),
        ("nul_in_tag", ("104", "fo\0o")),
        ("quoted_comma_tag", ("104", "nuts, salted")),
        ("quoted_nl", ("104", "line one\nline two")),
    ],
)
def test_a_tag_is_read_as_it_stands(case: str, last: tuple[str, str]) -> None:
    assert read_table(CASES / case / "data_metadata_product.csv").rows[-1] == last


def test_a_quote_inside_a_field_is_part_of_it() -> None:
    read = read_table(CASES / "stray_quote" / "data_metadata_product.csv")
    assert read.rows[-2:] == [("104", '24" box'), ("102", "more")]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (
            "comment_first/data_order.csv",
            "the header is on line 2, below a comment ('# exported 2025-01-20'); remove line 1",
        ),
        ("empty/data_order.csv", "is empty; expected a header with the columns ORDER_ID, STORE_ID, "),
        (
            "gz_trunc/data_order.csv.gz",
            "cannot be read: the packed data end too early; copy or download the file again",
        ),
        ("html/data_order.csv", "is a web page ('Please log in'), not a table; "),
        ("json/data_order.csv", "is JSON, not a table; "),
        ("lfs_pointer/data_order.csv", "is a pointer of Git LFS, not the file itself; run `git lfs pull`"),
        (
            "no_header/data_order.csv",
            "has no header: line 1 holds values ('1, 1, 1, 101, 1010, 2, 1000, 2025-01-06'); add ",
        ),
        ("title_first/data_order.csv", "the header is on line 2, below a title ('Orders report'); remove line 1, so "),
        ("xlsx_renamed/data_order.csv", "begins like a spreadsheet or a ZIP archive and cannot be opened as one"),
    ],
)
def test_what_is_no_table_is_named_in_one_sentence(file: str, told: str) -> None:
    path = CASES / file
    assert refusal(path).startswith(f"{path.name}: {told}")
    assert "\n" not in refusal(path)


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("total_row/data_order.csv", "line 14 is a row of sums (Total, 36), no order line; remove it"),
        (
            "unquoted_comma_tag/data_metadata_product.csv",
            "expected 2 fields a row, as in the header\n  line 10: 3 found",
        ),
    ],
)
def test_a_row_that_cannot_be_read_is_named_with_its_line(file: str, fault: str) -> None:
    path = CASES / file
    assert read_table(path).faults == [f"{path.name}: {fault}"]


def test_a_file_of_a_header_alone_has_no_rows() -> None:
    read = read_table(CASES / "header_only_store" / "data_metadata_store.csv")
    assert (read.header[0], read.rows, read.faults) == ("STORE_ID", [], [])
