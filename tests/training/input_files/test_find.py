"""Files of the data folder are found by name, and those that are not read are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.input_files.find import find_input_files

CASES = Path(__file__).parents[2] / "cases"


def folder_of(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text("x\n")
    return folder


def test_orders_may_be_in_several_files_of_many_kinds(tmp_path: Path) -> None:
    names = [
        "DATA_ORDER-2023.XLSX",
        "data_order.csv",
        "data_order_2024.csv.gz",
        "data_order_2025.parquet",
        "data_order_may.zip",
        "data_orders.tsv",
    ]
    found = find_input_files(folder_of(tmp_path, *reversed(names)))
    assert [path.name for path in found.orders] == names
    assert (found.unknown, found.problems) == ((), ())


def test_orders_alone_are_enough(tmp_path: Path) -> None:
    found = find_input_files(folder_of(tmp_path, "data_order.csv"))
    assert (found.products, found.stores, found.mapping, found.problems) == (None, None, None, ())
    assert found.paths == found.orders


@pytest.mark.parametrize("case", ["plain", "upper_names", "xlsx_ext", "zip"])
def test_three_files_are_found_whatever_letter_case_and_ending(case: str) -> None:
    found = find_input_files(CASES / case)
    assert len(found.orders) == 1
    assert found.products is not None
    assert found.stores is not None
    assert (found.unknown, found.problems) == ((), ())


def test_the_mapping_of_columns_is_found(tmp_path: Path) -> None:
    found = find_input_files(folder_of(tmp_path, "data_order.csv", "Columns.yaml"))
    assert found.mapping == tmp_path / "Columns.yaml"
    assert found.paths[-1] == found.mapping


def test_hidden_files_leftovers_and_folders_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "orders.csv").write_text("x")
    (tmp_path / "data_order.csv").mkdir()
    names = (".gitkeep", ".DS_Store", "~$data_order.xlsx", "data_order.csv~", "data_order.csv.bak", "README.md")
    found = find_input_files(folder_of(tmp_path, *names, ".data_order.csv.swp", "data_order.csv.part"))
    assert (found.orders, found.unknown) == ((), ())
    assert len(found.problems) == 1


def test_files_of_other_names_are_told_with_the_name_that_they_need() -> None:
    found = find_input_files(CASES / "misnamed_make_run")
    assert {file.path.name: file.reason for file in found.unknown} == {
        "orders.csv": "rename it to data_order.csv if it holds the orders",
        "products.csv": "rename it to data_metadata_product.csv if it holds the product tags",
        "stores.csv": "rename it to data_metadata_store.csv if it holds the stores",
    }
    (problem,) = found.problems
    assert "holds no orders; expected data_order.csv, .csv.gz, .tsv, .txt, .zip, .xlsx or .parquet" in problem
    assert "\n  orders.csv: rename it to data_order.csv if it holds the orders" in problem


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Sales 2024.xlsx", "rename it to data_order.xlsx if it holds the orders"),
        ("export.csv.gz", "rename it to data_order.csv.gz (orders) or data_metadata_product.csv.gz (product tags) or "),
        ("data_order.xls", ".xls is not read; save the table as CSV or .xlsx"),
        ("data_order.json", ".json is not read; save the table as CSV or .xlsx"),
        ("picture.png", "not the name of a table; tables end in .csv, "),
        ("data_order", "not the name of a table; tables end in .csv, "),
    ],
)
def test_every_other_file_is_unknown_for_a_reason(tmp_path: Path, name: str, reason: str) -> None:
    found = find_input_files(folder_of(tmp_path, name))
    assert [file.path.name for file in found.unknown] == [name]
    assert found.unknown[0].reason.startswith(reason)


def test_the_same_file_plain_and_packed_is_a_problem() -> None:
    found = find_input_files(CASES / "both")
    assert found.problems == ("data_order.csv: stands beside data_order.csv.gz; remove all but one",)


def test_two_files_of_products_are_a_problem(tmp_path: Path) -> None:
    names = ("data_order.csv", "data_metadata_product.csv", "DATA_METADATA_PRODUCT.xlsx")
    found = find_input_files(folder_of(tmp_path, *names))
    assert found.problems == (
        "DATA_METADATA_PRODUCT.xlsx: stands beside data_metadata_product.csv; remove all but one",
    )


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    assert find_input_files(tmp_path / "nowhere").problems == (
        f"There is no folder {tmp_path / 'nowhere'}; the files are expected in it.",
    )
