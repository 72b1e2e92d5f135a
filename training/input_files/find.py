"""Which files of the data folder hold what."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ORDERS: Final = "data_order"
PRODUCTS: Final = "data_metadata_product"
STORES: Final = "data_metadata_store"
MAPPING: Final = "columns.yaml"
_MAPPINGS: Final = frozenset({MAPPING, "columns.yml"})

_ENDINGS: Final = "csv, .csv.gz, .tsv, .txt, .zip, .xlsx or .parquet"
_TABLE: Final = re.compile(r"(.+?)\.(?:(?:csv|tsv|txt)(?:\.(?:gz|zip))?|zip|gz|xlsx|xlsm|parquet)", re.IGNORECASE)
_UNREAD_TABLE: Final = re.compile(
    r"(.+?)\.(?:xls|xlsb|ods|json|jsonl|ndjson|xml|html?|sql|feather|7z|rar|bz2|xz|zst)", re.IGNORECASE
)
_LEFTOVER: Final = re.compile(
    r"\..*|~\$.*|.*~|#.*#|.*\.(?:swp|swo|bak|tmp|part|crdownload|md)|readme.*|thumbs\.db|desktop\.ini", re.IGNORECASE
)
"""Hidden files, and what editors, office programs, browsers and systems leave behind."""
_WORDS: Final = (
    (("order", "sale", "transaction", "purchase", "invoice"), ORDERS, "orders"),
    (("product", "item", "article", "sku", "catalog"), PRODUCTS, "product tags"),
    (("store", "shop", "customer", "outlet"), STORES, "stores"),
)


@dataclass(frozen=True)
class UnknownFile:
    """A file that is not read.

    Attributes:
        path: the file.
        reason: which name it would need, in words.
    """

    path: Path
    reason: str


@dataclass(frozen=True)
class InputFiles:
    """What a data folder holds.

    Attributes:
        orders: files of orders, by name.
        products: the file of products' tags, if any.
        stores: the file of stores, if any.
        mapping: the file that maps column names, if any.
        unknown: files that are not read.
        problems: what prevents reading, a sentence each.
    """

    orders: tuple[Path, ...] = ()
    products: Path | None = None
    stores: Path | None = None
    mapping: Path | None = None
    unknown: tuple[UnknownFile, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is read."""
        others = (self.products, self.stores, self.mapping)
        return (*self.orders, *(path for path in others if path is not None))


def find_input_files(data_dir: Path) -> InputFiles:
    """Look through the data folder; letter case does not count, nor do folders in it.

    Args:
        data_dir: the folder.
    """
    if not data_dir.is_dir():
        return InputFiles(problems=(f"There is no folder {data_dir}; the files are expected in it.",))
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in _files_in(data_dir):
        groups[_role(path)].append(path)
    orders, products, stores = groups[ORDERS], groups[PRODUCTS], groups[STORES]
    unknown = tuple(UnknownFile(path, _reason(path)) for path in groups[""])
    problems = _same_stem([*orders, *products, *stores])
    if not orders:
        problems.insert(0, _no_orders(data_dir, unknown))
    return InputFiles(
        tuple(orders), _first(products), _first(stores), _first(groups[MAPPING]), unknown, tuple(problems)
    )


def find_dropped_files(folder: Path) -> tuple[Path, ...]:
    """The files of a folder that takes any order file, by name; what is still being written is none of them.

    Args:
        folder: the folder, which need not exist.
    """
    files = _files_in(folder) if folder.is_dir() else []
    return tuple(path for path in files if path.name.lower() not in _MAPPINGS)


def find_mapping(*folders: Path) -> Path | None:
    """The file that maps column names, of the first folder that has one."""
    there = (path for folder in folders if folder.is_dir() for path in _files_in(folder))
    return next((path for path in there if path.name.lower() in _MAPPINGS), None)


def _files_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_file() and not _LEFTOVER.fullmatch(path.name)]


def _first(paths: Sequence[Path]) -> Path | None:
    return paths[0] if paths else None


def _stem(path: Path) -> str:
    """The name without its endings, in lower case; empty if the endings are not those of a table."""
    table = _TABLE.fullmatch(path.name)
    return table.group(1).lower() if table else ""


def _role(path: Path) -> str:
    stem = _stem(path)
    if path.name.lower() in _MAPPINGS:
        return MAPPING
    if stem in {PRODUCTS, STORES}:
        return stem
    return ORDERS if re.fullmatch(ORDERS + r"s?(?:[^a-z].*)?", stem) else ""


def _reason(path: Path) -> str:
    """What an unknown file would need to be read."""
    ending = "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:])
    if not _stem(path):
        if _UNREAD_TABLE.fullmatch(path.name):
            return f"{ending} is not read; save the table as CSV or .xlsx"
        return f"not the name of a table; tables end in .{_ENDINGS}"
    for words, name, what in _WORDS:
        # At the beginning of a word: a superstore is no store.
        if any(re.search(rf"(?<![a-z]){word}", path.name.lower()) for word in words):
            return f"rename it to {name}{ending} if it holds the {what}"
    choice = " or ".join(f"{name}{ending} ({what})" for _, name, what in _WORDS)
    return f"rename it to {choice}, by what it holds"


def _same_stem(paths: Sequence[Path]) -> list[str]:
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        groups[_stem(path)].append(path)
    doubled = [group for group in groups.values() if len(group) > 1]
    return [f"{first.name}: stands beside {_names(rest)}; remove all but one" for first, *rest in doubled]


def _names(paths: Sequence[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _no_orders(data_dir: Path, unknown: Sequence[UnknownFile]) -> str:
    told = f"{data_dir} holds no orders; expected {ORDERS}.{_ENDINGS}"
    return told + "".join(f"\n  {file.path.name}: {file.reason}" for file in unknown)
