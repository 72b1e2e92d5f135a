"""The three CSV files are read whatever their form, and every fault is told with file, column and line."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from training.csv_input.files import CsvError, CsvInput, read_csv_files
from training.sample import synthetic_tables
from training.sample_data.csv_output import write_csv_files

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = "data_order.csv"
PRODUCTS = "data_metadata_product.csv"
STORES = "data_metadata_store.csv"

ORDER_HEADER = (
    "ORDER_ID,STORE_ID,BRAND_ID,PRODUCT_ID,PRODUCT_VARIANT_ID,QUANTITY,VARIANT_CASE_PRICE_CENTS,CHECKOUT_DATE"
)
ORDER_CELLS = {
    "ORDER_ID": "9000000001",
    "STORE_ID": "55",
    "BRAND_ID": "7",
    "PRODUCT_ID": "1866",
    "PRODUCT_VARIANT_ID": "18661",
    "QUANTITY": "12",
    "VARIANT_CASE_PRICE_CENTS": "2499",
    "CHECKOUT_DATE": "2022-11-05",
}
ORDER_LINE = ",".join(ORDER_CELLS.values())
GOOD = {
    ORDERS: f"{ORDER_HEADER}\n{ORDER_LINE}\n",
    PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1866,Fruit\n1866,Fresh\n",
    STORES: "STORE_ID,STORE_TYPE,REGION_ID,STORE_SIZE\n55,Supermarket,3,Large\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, GOOD)
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_bytes(text.encode())


def order_line(**cells: str) -> str:
    return ",".join((ORDER_CELLS | cells).values())


def order_file(*lines: str) -> str:
    return "\n".join([ORDER_HEADER, *lines]) + "\n"


def message(folder: Path) -> str:
    with pytest.raises(CsvError) as caught:
        read_csv_files(folder)
    return str(caught.value)


def paragraphs(folder: Path) -> list[str]:
    """The faults of the message, one a paragraph, without the opening line."""
    faults: list[str] = []
    for line in message(folder).splitlines()[1:]:
        if line.startswith("  "):
            faults[-1] += "\n" + line
        else:
            faults.append(line)
    return faults


def assert_good(read: CsvInput) -> None:
    line = read.tables.order_items.iloc[0]
    assert [int(line[name.lower()]) for name in list(ORDER_CELLS)[:-1]] == [
        int(cell) for cell in list(ORDER_CELLS.values())[:-1]
    ]
    assert line["checkout_date"] == pd.Timestamp("2022-11-05")
    assert read.tables.product_tags.to_numpy().tolist() == [[1866, "Fruit"], [1866, "Fresh"]]
    assert read.tables.stores.to_numpy().tolist() == [[55, "Supermarket", 3, "Large"]]


# --- what is read ------------------------------------------------------------------------------------------


def test_good_files_are_read(folder: Path) -> None:
    read = read_csv_files(folder)
    assert_good(read)
    assert read.rows == {ORDERS: 1, PRODUCTS: 2, STORES: 1}


def test_columns_have_the_types_of_the_raw_tables(folder: Path) -> None:
    tables = read_csv_files(folder).tables
    assert tables.order_items.dtypes.astype(str).tolist() == ["int64"] * 7 + ["datetime64[s]"]
    assert tables.product_tags.dtypes.astype(str).tolist() == ["int64", "str"]
    assert tables.stores.dtypes.astype(str).tolist() == ["int64", "str", "Int64", "str"]


def test_columns_may_stand_in_any_order_and_letter_case_beside_others(folder: Path) -> None:
    order = pd.DataFrame([ORDER_CELLS]).rename(columns=str.lower)[[*map(str.lower, reversed(ORDER_CELLS))]]
    order.insert(2, "note", "caf\xe9")
    write(
        folder,
        {
            ORDERS: order.to_csv(index=False),
            PRODUCTS: ' Product_Metadata ,x,PRODUCT_ID,x\nFruit,"a,b",1866,\nFresh,,1866,2\n',
            STORES: "Store_Size,store_type,region_id,store_id\nLarge,Supermarket,3,55\n",
        },
    )
    assert_good(read_csv_files(folder))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "x"])
def test_line_ends_and_byte_order_mark_do_not_matter(folder: Path, newline: str, start: str, end: str) -> None:
    for name, text in GOOD.items():
        kept = text if end else text.rstrip("\n")
        write(folder, {name: start + kept.replace("\n", newline)})
    assert_good(read_csv_files(folder))


def test_packed_files_are_read(folder: Path) -> None:
    for name, text in GOOD.items():
        (folder / name).unlink()
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
    assert_good(read_csv_files(folder))


def test_generated_tables_come_back_as_they_were_written(tmp_path: Path) -> None:
    tables = synthetic_tables(20_000, seed=5)
    write_csv_files(tables, tmp_path)
    read = read_csv_files(tmp_path).tables
    pd.testing.assert_frame_equal(read.order_items, tables.order_items)
    pd.testing.assert_frame_equal(read.product_tags, tables.product_tags)
    pd.testing.assert_frame_equal(read.stores, tables.stores)


@pytest.mark.parametrize("cell", ["12", " 12 ", "12.0", "12.000", "012", '"12"', "\t12"])
def test_a_whole_number_may_be_written_in_these_ways(folder: Path, cell: str) -> None:
    write(folder, {ORDERS: order_file(order_line(QUANTITY=cell), ORDER_LINE)})
    assert read_csv_files(folder).tables.order_items["quantity"].tolist() == [12, 12]


def test_ids_and_dates_reach_to_the_ends_of_their_ranges(folder: Path) -> None:
    lowest = dict.fromkeys(("ORDER_ID", "BRAND_ID", "PRODUCT_VARIANT_ID", "VARIANT_CASE_PRICE_CENTS"), "0")
    highest = {"STORE_ID": str(2**31 - 1), "ORDER_ID": f"{2**63 - 1}.0", "CHECKOUT_DATE": " 2024-02-29"}
    write(folder, {ORDERS: order_file(order_line(**lowest), order_line(**highest))})
    lines = read_csv_files(folder).tables.order_items
    assert lines["order_id"].tolist() == [0, 2**63 - 1]
    assert lines["store_id"].max() == 2**31 - 1
    assert lines["checkout_date"].max() == pd.Timestamp("2024-02-29")


def test_empty_attributes_of_a_store_are_missing(folder: Path) -> None:
    write(folder, {STORES: "STORE_ID,STORE_TYPE,REGION_ID,STORE_SIZE\n55,, ,\n56, NA ,0,M\n"})
    stores = read_csv_files(folder).tables.stores
    assert stores.isna().to_numpy().tolist() == [[False, True, True, True], [False] * 4]
    assert stores.iloc[1].tolist() == [56, "NA", 0, "M"]


def test_an_empty_tag_says_that_the_product_has_none(folder: Path) -> None:
    write(folder, {PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1866,\n1867, Fruit \n1868,  \n"})
    read = read_csv_files(folder)
    assert read.tables.product_tags.to_numpy().tolist() == [[1867, "Fruit"]]
    assert (read.empty_tags, read.lines_without_tags, read.lines_without_store) == (2, 1, 0)


def test_repeated_tags_and_stores_are_dropped_and_counted(folder: Path) -> None:
    write(
        folder,
        {
            PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA\n1866,Fruit\n1866,Fruit \n1867,Fruit\n1866,Fresh\n",
            STORES: "STORE_ID,STORE_TYPE,REGION_ID,STORE_SIZE\n55,,3,\n56,,,\n55,,3.0,\n",
        },
    )
    read = read_csv_files(folder)
    assert read.repeated_tags == 1
    assert read.repeated_stores == 1
    assert read.tables.product_tags["product_id"].tolist() == [1866, 1867, 1866]
    assert read.tables.stores["store_id"].tolist() == [55, 56]


def test_lines_without_metadata_are_kept_and_counted(folder: Path) -> None:
    write(folder, {ORDERS: order_file(ORDER_LINE, order_line(STORE_ID="56"), order_line(PRODUCT_ID="3"))})
    read = read_csv_files(folder)
    assert len(read.tables.order_items) == 3
    assert (read.lines_without_tags, read.lines_without_store) == (1, 1)


def test_progress_goes_from_file_to_file_and_ends_at_one(folder: Path) -> None:
    calls: list[tuple[str, float]] = []
    read_csv_files(folder, lambda file, share: calls.append((file, share)))
    assert dict(calls) == {ORDERS: 1.0, PRODUCTS: 1.0, STORES: 1.0}


# --- what is refused: cells --------------------------------------------------------------------------------

NOT_WHOLE = ["1.5", "abc", "", "  ", "-1", "1e3", "NaN", "inf", "0x1F", "1,000", "1 000", "+5", "5.", "٣"]
BAD_CELLS = [
    *[("QUANTITY", cell, "a whole number from 1 to 2147483647") for cell in [*NOT_WHOLE, "0", "0.0"]],
    *[("STORE_ID", cell, "a whole number from 1 to 2147483647") for cell in [*NOT_WHOLE, "0", str(2**31)]],
    *[("PRODUCT_ID", cell, "a whole number from 1 to 2147483647") for cell in ("0", "1.5", "", "9" * 30)],
    *[("ORDER_ID", cell, f"a whole number from 0 to {2**63 - 1}") for cell in ("-1", "1.5", str(2**63))],
    *[("BRAND_ID", cell, f"a whole number from 0 to {2**63 - 1}") for cell in ("", "x")],
    *[("PRODUCT_VARIANT_ID", cell, f"a whole number from 0 to {2**63 - 1}") for cell in ("", "1e3")],
    *[("VARIANT_CASE_PRICE_CENTS", cell, "a whole number from 0 to") for cell in ("-1", "24.99", "", "$5")],
    *[
        ("CHECKOUT_DATE", cell, "a date YYYY-MM-DD")
        for cell in (
            *("2022-02-30", "2023-02-29", "2022-13-01", "05/11/2022", "2022-1-5", "20221105", "2022-W44-6"),
            *("2022-11-05 00:00:00", "2022-11-05T00:00", "", "today", "0022-11-05", "9999-12-31", "NaT"),
        )
    ],
]


@pytest.mark.parametrize(("column", "cell", "expected"), BAD_CELLS)
def test_a_bad_cell_is_told_with_file_column_line_and_value(
    folder: Path, column: str, cell: str, expected: str
) -> None:
    bad = order_line(**{column: f'"{cell}"'})
    write(folder, {ORDERS: order_file(ORDER_LINE, bad, ORDER_LINE)})
    (fault,) = paragraphs(folder)
    title, line = fault.splitlines()
    assert title.startswith(f"{ORDERS}, column {column}: expected {expected}")
    assert line == f"  line 3: {repr(cell) if cell.strip() else 'nothing'}"


@pytest.mark.parametrize(
    ("file", "row", "column", "expected"),
    [
        (PRODUCTS, "x1,Fruit", "PRODUCT_ID", "a whole number from 1 to 2147483647"),
        (PRODUCTS, f"1,{'long' * 64}", "PRODUCT_METADATA", "UTF-8 text of at most 255 characters"),
        (STORES, "0,A,1,B", "STORE_ID", "a whole number from 1 to 2147483647"),
        (STORES, "7,A,1.5,B", "REGION_ID", f"a whole number from 0 to {2**63 - 1}, or nothing"),
        (STORES, "7,A,NaN,B", "REGION_ID", f"a whole number from 0 to {2**63 - 1}, or nothing"),
        (STORES, f"7,{'t' * 256},1,B", "STORE_TYPE", "UTF-8 text of at most 255 characters"),
    ],
)
def test_a_bad_cell_of_the_metadata_is_told(folder: Path, file: str, row: str, column: str, expected: str) -> None:
    write(folder, {file: f"{GOOD[file]}{row}\n"})
    (fault,) = paragraphs(folder)
    assert fault.startswith(f"{file}, column {column}: expected {expected}\n  line {GOOD[file].count(chr(10)) + 1}:")


def test_five_lines_are_named_and_the_others_counted(folder: Path) -> None:
    bad = [order_line(QUANTITY=str(-number)) for number in range(8)]
    write(folder, {ORDERS: order_file(ORDER_LINE, *bad)})
    (fault,) = paragraphs(folder)
    assert [line.strip() for line in fault.splitlines()[1:]] == [
        *[f"line {3 + number}: '{-number}'" for number in range(5)],
        "and 3 more lines",
    ]


def test_a_long_value_is_cut_in_the_message(folder: Path) -> None:
    write(folder, {ORDERS: order_file(order_line(QUANTITY="9" * 5000))})
    assert len(message(folder)) < 500


def test_all_faults_of_all_files_stand_in_one_error(folder: Path) -> None:
    write(
        folder,
        {
            ORDERS: order_file(order_line(QUANTITY="0", CHECKOUT_DATE="x"), "1,2,3"),
            PRODUCTS: "PRODUCT_ID,TAG\nx,Fruit\n",
            STORES: f"{GOOD[STORES]}55,Kiosk,3,Large\n",
        },
    )
    titles = [fault.splitlines()[0] for fault in paragraphs(folder)]
    assert [title.split(":")[0] for title in titles] == [
        ORDERS,
        f"{ORDERS}, column QUANTITY",
        f"{ORDERS}, column CHECKOUT_DATE",
        PRODUCTS,
        f"{PRODUCTS}, column PRODUCT_ID",
        f"{STORES}, column STORE_ID",
    ]


def test_text_that_is_not_utf8_is_told_with_its_line(folder: Path) -> None:
    (folder / PRODUCTS).write_bytes("PRODUCT_ID,PRODUCT_METADATA\n1,Fruit\n2,Caf\xe9\n".encode("latin-1"))
    (fault,) = paragraphs(folder)
    title, line = fault.splitlines()
    assert title == f"{PRODUCTS}, column PRODUCT_METADATA: expected UTF-8 text of at most 255 characters"
    assert line == "  line 3: 'Caf\ufffd'"


def test_a_number_that_is_not_utf8_is_told_with_its_line(folder: Path) -> None:
    (folder / ORDERS).write_bytes(order_file(ORDER_LINE, order_line(QUANTITY="1\xb2")).encode("latin-1"))
    (fault,) = paragraphs(folder)
    assert "column QUANTITY" in fault
    assert "  line 3: '1\ufffd'" in fault


def test_stores_that_contradict_themselves_are_told(folder: Path) -> None:
    write(folder, {STORES: f"{GOOD[STORES]}56,A,1,B\n\n55,Supermarket,3,Large\n55,Supermarket,4,Large\n"})
    (fault,) = paragraphs(folder)
    title, *lines = fault.splitlines()
    assert title == f"{STORES}, column STORE_ID: expected each STORE_ID once, or the same values again"
    assert lines == ["  line 2: '55'", "  line 6: '55'"]


# --- what is refused: rows, headers, files -----------------------------------------------------------------


def test_rows_with_too_few_or_too_many_fields_are_told(folder: Path) -> None:
    write(folder, {ORDERS: order_file("1,2,3", ORDER_LINE, ORDER_LINE + ",9", order_line(QUANTITY="0"))})
    assert paragraphs(folder) == [
        f"{ORDERS}: expected 8 fields a row, as in the header\n  line 2: 3 found\n  line 4: 9 found",
        f"{ORDERS}, column QUANTITY: expected a whole number from 1 to 2147483647\n  line 5: '0'",
    ]


def test_a_missing_column_is_told_beside_the_header_found(folder: Path) -> None:
    write(folder, {ORDERS: GOOD[ORDERS].replace("QUANTITY", "QTY").replace("BRAND_ID", "BRAND")})
    (fault,) = paragraphs(folder)
    assert f"{ORDERS}: columns BRAND_ID, QUANTITY are missing" in fault
    assert "ORDER_ID,STORE_ID,BRAND,PRODUCT_ID" in fault


def test_a_column_that_stands_twice_is_told(folder: Path) -> None:
    write(folder, {PRODUCTS: "PRODUCT_ID,PRODUCT_METADATA,product_id\n1,Fruit,2\n"})
    assert paragraphs(folder) == [f"{PRODUCTS}: column PRODUCT_ID stands 2 times in the header"]


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff"])
@pytest.mark.parametrize("file", [ORDERS, PRODUCTS, STORES])
def test_an_empty_file_is_told(folder: Path, file: str, text: str) -> None:
    write(folder, {file: text})
    (fault,) = paragraphs(folder)
    assert fault.startswith(f"{file}: is empty; expected a header with the columns ")


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize("file", [ORDERS, PRODUCTS, STORES])
def test_a_file_without_rows_is_told(folder: Path, file: str, end: str) -> None:
    write(folder, {file: GOOD[file].splitlines()[0] + end})
    assert paragraphs(folder) == [f"{file}: has a header but no rows"]


@pytest.mark.parametrize("file", [ORDERS, PRODUCTS, STORES])
def test_a_missing_file_is_told(folder: Path, file: str) -> None:
    (folder / file).unlink()
    assert paragraphs(folder) == [f"{file}: not found, and no {file}.gz either"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    assert "There is no folder" in message(tmp_path / "nowhere")


def test_a_file_both_plain_and_packed_is_told(folder: Path) -> None:
    (folder / f"{STORES}.gz").write_bytes(gzip.compress(GOOD[STORES].encode()))
    assert paragraphs(folder) == [f"{STORES}: stands beside {STORES}.gz; remove one of the two"]


def damaged(text: bytes, kind: str) -> bytes:
    packed = gzip.compress(text)
    return {"not packed": text, "truncated": packed[:-12], "garbled": packed[:30] + b"\0" * 40 + packed[70:]}[kind]


@pytest.mark.parametrize("kind", ["not packed", "truncated", "garbled"])
def test_a_damaged_packed_file_is_told(folder: Path, kind: str) -> None:
    noise = np.random.default_rng(0).integers(1, 10**6, 20_000)
    text = "PRODUCT_ID,PRODUCT_METADATA\n" + "\n".join(f"{number},Fruit" for number in noise)
    (folder / PRODUCTS).unlink()
    (folder / f"{PRODUCTS}.gz").write_bytes(damaged(text.encode(), kind))
    (fault,) = paragraphs(folder)
    assert fault.startswith(f"{PRODUCTS}.gz: cannot be read: ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_file_in_another_encoding_is_told(folder: Path, encoding: str) -> None:
    (folder / STORES).write_bytes(GOOD[STORES].encode(encoding))
    assert paragraphs(folder) == [f"{STORES}: is not UTF-8 text"]


@pytest.mark.parametrize("rows_after", [0, 3, 300_000])
def test_a_quote_that_is_never_closed_is_told(folder: Path, rows_after: int) -> None:
    write(folder, {PRODUCTS: f'{GOOD[PRODUCTS]}\n7,"Fruit\n' + "8,Fresh\n" * rows_after})
    assert paragraphs(folder) == [f"{PRODUCTS}: the quoted field that starts on line 5 is never closed"]


# --- line numbers ------------------------------------------------------------------------------------------


def test_line_numbers_are_those_of_the_file(folder: Path) -> None:
    text = '\n\nnote,PRODUCT_ID,PRODUCT_METADATA\n\n"two\nlines",1,"a\n\nb"\n\n1,2,3,4\n"x ""y""\n",zwei,Fruit\n'
    write(folder, {PRODUCTS: text})
    assert paragraphs(folder) == [
        f"{PRODUCTS}: expected 3 fields a row, as in the header\n  line 10: 4 found",
        f"{PRODUCTS}, column PRODUCT_ID: expected a whole number from 1 to 2147483647\n  line 11: 'zwei'",
    ]


def quoted(field: str) -> str:
    return field if set(field).isdisjoint('",\n\r') else '"' + field.replace('"', '""') + '"'


NOTE = st.text(alphabet='a1 ",\n\r;\xe9', max_size=6)
ROW = st.tuples(NOTE, st.sampled_from(["1", "22", "bad", "0"]), st.integers(0, 2))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, min_size=1, max_size=12), newline=st.sampled_from(["\n", "\r\n"]))
def test_line_numbers_hold_for_any_quoting(folder: Path, rows: list[tuple[str, str, int]], newline: str) -> None:
    """Property: rows with line breaks, quotes and commas in a field, and blank lines between them."""
    text = f"NOTE,PRODUCT_ID,PRODUCT_METADATA{newline}"
    expected = []
    for note, product_id, blank_lines in rows:
        if product_id in {"bad", "0"}:
            lines_before = len(io.StringIO(text, newline=None).readlines())
            expected.append(f"  line {lines_before + 1}: {product_id!r}")
        text += f"{quoted(note)},{product_id},Fruit{newline}" + newline * blank_lines
    write(folder, {PRODUCTS: text})
    if not expected:
        assert read_csv_files(folder).rows[PRODUCTS] == len(rows)
    else:
        (fault,) = paragraphs(folder)
        assert fault.splitlines()[1:6] == expected[:5]


def test_line_numbers_hold_far_into_a_large_packed_file(folder: Path) -> None:
    lines = [ORDER_LINE] * 60_000
    lines[50_000] = order_line(CHECKOUT_DATE="2022-11-31")
    lines[59_999] = order_line(QUANTITY="2.5")
    (folder / ORDERS).unlink()
    (folder / f"{ORDERS}.gz").write_bytes(gzip.compress(order_file(*lines).encode(), 1))
    assert [fault.splitlines()[1] for fault in paragraphs(folder)] == [
        "  line 60001: '2.5'",
        "  line 50002: '2022-11-31'",
    ]


def test_order_lines_keep_the_order_of_the_file(folder: Path) -> None:
    ids = np.random.default_rng(3).permutation(70_000)
    write(folder, {ORDERS: order_file(*(order_line(ORDER_ID=str(number)) for number in ids))})
    assert np.array_equal(read_csv_files(folder).tables.order_items["order_id"], ids)
